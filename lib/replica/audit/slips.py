"""How a printed number can differ from the one that was meant: a digit, a sign, the decimal point, the stars."""

from __future__ import annotations

import re

from .numbers import stars

TOKEN = re.compile(r"\d[\d,]*\.?\d*|\.\d+")


def one_digit_errors(text: str) -> list[str]:
    """Every text with one digit replaced by another; a whole number does not begin with a new zero.

    >>> one_digit_errors("1.9")[:10], len(one_digit_errors("1.9"))
    (['0.9', '2.9', '3.9', '4.9', '5.9', '6.9', '7.9', '8.9', '9.9', '1.0'], 18)
    """
    found = []
    for i, old in enumerate(text):
        if old not in "0123456789":
            continue
        leads = not re.search(r"[\d.]", text[:i]) and text[i + 1 : i + 2].isdecimal()
        found += [text[:i] + new + text[i + 1 :] for new in "0123456789" if new != old and not (leads and new == "0")]
    return found


def sign_errors(text: str) -> list[str]:
    """The number with the other sign."""
    token = TOKEN.search(text)
    if not token:
        return []
    before = text[: token.start()]
    if before[-1:] in "-−–" and before:
        return [before[:-1] + text[token.start() :]]
    return [before + "-" + text[token.start() :]]


def shifted(text: str, places: int) -> str | None:
    """The number times a power of ten, its digits kept; None where no number stands.

    >>> shifted("2.22%", 1), shifted("1,080", -3), shifted("12", 2)
    ('22.2%', '1.080', '1200')
    """
    token = TOKEN.search(text)
    if not token:
        return None
    whole, _, fraction = token.group().replace(",", "").partition(".")
    digits, place = whole + fraction, len(whole) + places
    if place < 0:
        digits, place = "0" * -place + digits, 0
    digits = digits.ljust(place, "0")
    left, right = digits[:place].lstrip("0") or "0", digits[place:]
    return text[: token.start()] + left + ("." + right if right else "") + text[token.end() :]


def transposed(text: str) -> list[str]:
    """Two neighbouring digits exchanged."""
    places = [i for i, c in enumerate(text) if c in "0123456789"]
    pairs = [(i, j) for i, j in zip(places, places[1:], strict=False) if text[i] != text[j] and j - i <= 2]
    swapped = [text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :] for i, j in pairs]
    return [new for new in swapped if not re.search(r"(?<![\d.])0\d", new)]


def star_errors(text: str) -> list[str]:
    """Other numbers of significance stars, the nearest first."""
    body, printed = text.rstrip("*∗⁎＊ "), stars(text)
    return [body + "*" * n for n in sorted(range(4), key=lambda n: abs(n - printed)) if n != printed]


def slips(text: str, most: int = 4) -> list[tuple[str, str]]:
    """(kind, text) of every simple slip of a number; the decimal point moves by up to `most` places.

    >>> [kind for kind, new in slips("0.45") if new in ("0.54", "-0.45", "4.5", "0.46")]
    ['digit', 'sign', 'transposition', 'decimal point']
    """
    powers = [shifted(text, k) for k in sorted(range(-most, most + 1), key=abs) if k]
    kinds = {
        "digit": one_digit_errors(text), "sign": sign_errors(text), "transposition": transposed(text),
        "decimal point": [new for new in powers if new is not None],
    }  # fmt: skip
    seen, found = {text}, []
    for kind, texts in kinds.items():
        for new in texts:
            if new not in seen:
                seen.add(new)
                found.append((kind, new))
    return found
