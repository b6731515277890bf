"""Plots as SVG, on logarithmic scales: sides beside one another for each workload, and curves of growth; it measures nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

#: Okabe and Ito's colours, which people tell apart however they see colours, and two more.
COLOURS: Final = ("#d55e00", "#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#e69f00", "#7a5195", "#8c8c8c", "#000000")
WIDTH, HEIGHT = 1080, 560
LEFT, RIGHT, TOP, BOTTOM = 90, 190, 60, 70
FONT: Final = 'font-family="system-ui, sans-serif" font-size="13"'


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale from whole powers of ten to whole powers of ten, on pixels."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> Scale:
        """Make the scale that has all the values, which are over zero."""
        low = math.floor(math.log10(min(values)))
        return cls(low, max(low + 1, math.ceil(math.log10(max(values)))), start, end)

    def at(self, value: float) -> float:
        """Give a value's pixel."""
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Give the powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def beside(
    title: str, groups: Sequence[str], series: Mapping[str, Mapping[str, float]], bars: Mapping[str, float]
) -> str:
    """Plot each side's seconds for each workload as a column of its own, and each workload's goal as a line across."""
    values = [value for side in series.values() for value in side.values()] + list(bars.values())
    scale = Scale.around(values, HEIGHT - BOTTOM, TOP)
    room = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    wide = room * 0.84 / max(1, len(series))
    body = [*_rows(scale, seconds_text)]
    for place, group in enumerate(groups):
        left = LEFT + place * room + room * 0.08
        body.append(_text(left + room * 0.42, HEIGHT - BOTTOM + 20, group, "middle"))
        for number, side in enumerate(series):
            if group in series[side]:
                value = series[side][group]
                top = scale.at(value)
                body.append(
                    f'<rect x="{left + number * wide:.1f}" y="{top:.1f}" width="{wide - 1.5:.1f}" '
                    f'height="{HEIGHT - BOTTOM - top:.1f}" fill="{COLOURS[number % len(COLOURS)]}">'
                    f"<title>{escape(f'{side}, {group}: {seconds_text(value)}')}</title></rect>"
                )
        if group in bars:
            y = scale.at(bars[group])
            body.append(_line(left - 4, y, left + room * 0.84 + 4, y, "#000", 2, "6 3"))
    if bars:
        body.append(
            _line(
                WIDTH - RIGHT + 22,
                TOP + 4 + 24 * len(series),
                WIDTH - RIGHT + 40,
                TOP + 4 + 24 * len(series),
                "#000",
                2,
                "6 3",
            )
        )
        body.append(_text(WIDTH - RIGHT + 46, TOP + 8 + 24 * len(series), "the goal"))
    return _svg(title, [*body, *_legend(list(series))])


def curves(title: str, across: str, up: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Plot curves of (across, up), both over zero, on two logarithmic scales."""
    points = [point for line in series.values() for point in line]
    wide = Scale.around([x for x, _ in points], LEFT, WIDTH - RIGHT)
    high = Scale.around([y for _, y in points], HEIGHT - BOTTOM, TOP)
    body = [*_rows(high, _number)]
    for tick in wide.ticks():
        body.append(_line(wide.at(tick), TOP, wide.at(tick), HEIGHT - BOTTOM, "#e5e5e5", 1))
        body.append(_text(wide.at(tick), HEIGHT - BOTTOM + 20, _number(tick), "middle"))
    body.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 44, across, "middle"))
    body.append(_text(LEFT, TOP - 12, up))
    for number, line in enumerate(series.values()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{wide.at(x):.1f},{high.at(y):.1f}" for x, y in line)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{wide.at(x):.1f}" cy="{high.at(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in line]
    return _svg(title, [*body, *_legend(list(series))])


def _rows(scale: Scale, words: Callable[[float], str]) -> list[str]:
    lines = [_line(LEFT, scale.at(tick), WIDTH - RIGHT, scale.at(tick), "#dddddd", 1) for tick in scale.ticks()]
    return lines + [_text(LEFT - 8, scale.at(tick) + 4, words(tick), "end") for tick in scale.ticks()]


def _legend(names: Sequence[str]) -> list[str]:
    found = []
    for number, name in enumerate(names):
        y = TOP + 24 * number
        colour = COLOURS[number % len(COLOURS)]
        found.append(f'<rect x="{WIDTH - RIGHT + 24}" y="{y - 4}" width="14" height="14" fill="{colour}"/>')
        found.append(_text(WIDTH - RIGHT + 46, y + 8, name))
    return found


def seconds_text(seconds: float) -> str:
    """Say a time as people do."""
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1e3:.3g} ms"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:.3g}"


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222">{escape(words)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _svg(title: str, body: Sequence[str]) -> str:
    heading = f'<text x="{LEFT}" y="28" font-size="17" font-weight="600" fill="#111">{escape(title)}</text>'
    lines = "\n".join([heading, *body])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" {FONT}>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{lines}\n</svg>\n'
    )
