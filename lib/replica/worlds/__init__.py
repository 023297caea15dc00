"""One article's simulated world and its assumptions, imported by its chapter alone: `ch15` belongs to chapter 15."""
