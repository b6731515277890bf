/** Bars by day, drawn by hand. The arrow keys walk the days and each is read out; the table below has the same figures. */
import { useId, useState } from "react";
import { axisMax, type Bar, inWords, type Measure } from "./usage";

const WIDTH = 900;
const HEIGHT = 220;
const LEFT = 64;
const BOTTOM = 24;
const TOP = 10;
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });

const named = (day: string): string => DAY.format(new Date(`${day}T00:00:00Z`));

export function UsageChart({ bars, measure, label }: { bars: Bar[]; measure: Measure; label: string }) {
  const id = useId();
  const [at, setAt] = useState<number | null>(null);
  const max = axisMax(bars.map((one) => one.value));
  const step = (WIDTH - LEFT) / bars.length;
  const height = (value: number) => ((HEIGHT - BOTTOM - TOP) * value) / max;
  const every = Math.ceil(bars.length / 8);
  const shown = at === null ? null : bars[at];
  const press = (event: React.KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, Home: -bars.length, End: bars.length }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setAt((now) => Math.min(bars.length - 1, Math.max(0, (now ?? (by > 0 ? -1 : bars.length)) + by)));
  };
  return (
    <figure className="flex flex-col gap-1">
      {/* The keys walk the bars, so the picture takes the focus; what is chosen is told below it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}. The arrow keys walk the days.`} aria-describedby={`${id}-day`} tabIndex={0} onKeyDown={press} onMouseLeave={() => setAt(null)} className="w-full">
        {[0, 0.5, 1].filter((part) => measure === "cost" || Number.isInteger(max * part)).map((part) => (
          <g key={part}>
            <line x1={LEFT} x2={WIDTH} y1={HEIGHT - BOTTOM - height(max * part)} y2={HEIGHT - BOTTOM - height(max * part)} className="stroke-line" />
            <text x={LEFT - 8} y={HEIGHT - BOTTOM - height(max * part) + 4} textAnchor="end" className="fill-muted text-[11px]">{inWords(max * part, measure).replace(/ .*$/, "")}</text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <g key={bar.day} onMouseEnter={() => setAt(index)}>
            <rect x={LEFT + index * step} y={TOP} width={step} height={HEIGHT - BOTTOM - TOP} className={index === at ? "fill-sunken" : "fill-transparent"} />
            <rect x={LEFT + index * step + step * 0.12} y={HEIGHT - BOTTOM - height(bar.value)} width={step * 0.76} height={height(bar.value)} rx={Math.min(3, step / 4)} className="fill-accent" />
            {index % every === 0 && <text x={LEFT + index * step + step / 2} y={HEIGHT - 6} textAnchor={index === 0 ? "start" : "middle"} className="fill-muted text-[11px]">{named(bar.day)}</text>}
          </g>
        ))}
      </svg>
      <figcaption id={`${id}-day`} aria-live="polite" className="min-h-5 text-center text-xs text-muted">
        {shown ? `${named(shown.day)}: ${inWords(shown.value, measure)}` : "Point at a day, or walk the days with the arrow keys."}
      </figcaption>
    </figure>
  );
}
