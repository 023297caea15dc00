/* Draws the explorable figures of a page from the specifications that stand in it, in the colours of the theme. */
(() => {
  "use strict";
  const views = new Map();

  function themeConfig() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const ink = colour("--pst-color-text-base");
    const axis = { labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink };
    return {
      background: "transparent",
      axis,
      legend: { labelColor: ink, titleColor: ink },
      title: { color: ink, subtitleColor: ink },
      text: { color: ink },
      rule: { color: ink },
      style: { "guide-label": { fill: ink }, "guide-title": { fill: ink } },
    };
  }

  const boundNames = (spec) =>
    [...(spec.params || []), ...(spec.layer || []).flatMap((layer) => layer.params || [])]
      .filter((param) => param.bind && param.bind.input)
      .map((param) => param.name);

  async function draw(figure) {
    const theme = document.documentElement.dataset.theme;
    if (figure.dataset.drawn === theme) return;
    figure.dataset.drawn = theme;
    const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const box = figure.querySelector(".explorable-view");
    const before = views.get(figure);
    const state = before ? boundNames(spec).map((name) => [name, before.view.signal(name)]) : [];
    if (before) before.finalize();
    delete spec.$schema; // written for version 5, which JupyterLab knows; version 6 reads it as well
    delete spec.title; // the caption of the figure says it
    spec.width = Math.floor(box.clientWidth);
    const options = { mode: "vega-lite", actions: false, renderer: "svg", config: themeConfig() };
    const result = await vegaEmbed(box, spec, options);
    for (const [name, value] of state) result.view.signal(name, value);
    await result.view.runAsync();
    views.set(figure, result);
  }

  function follow(figure) {
    const box = figure.querySelector(".explorable-view");
    new ResizeObserver(() => {
      const drawn = views.get(figure);
      const width = Math.floor(box.clientWidth);
      if (drawn && width && drawn.view.width() !== width) drawn.view.width(width).resize().runAsync();
    }).observe(box);
  }

  const figures = [...document.querySelectorAll("figure.explorable")];
  let queue = Promise.resolve();
  const drawAll = () => {
    queue = queue.then(() => Promise.all(figures.map(draw)));
  };
  drawAll();
  figures.forEach(follow);
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
