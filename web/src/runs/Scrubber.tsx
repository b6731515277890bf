/** Moves through the time of a run: by hand, or by playing it. Null is its end, or now. */
import { Pause, Play, SkipForward } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { duration, moment } from "@/data/times";
import { Button, IconButton } from "@/ui/Button";

type Props = { zero: number; length: number; at: number | null; onChange: (at: number | null) => void; onRest: (at: number | null) => void; isOver: boolean };

/** A run is played in its own time, but not faster than this and not slower than that. */
const PLAY_MS_MIN = 4_000;
const PLAY_MS_MAX = 20_000;
const STEPS = 1_000;

export function Scrubber({ zero, length, at, onChange, onRest, isOver }: Props) {
  const id = useId();
  const [isPlaying, setPlaying] = useState(false);
  const place = useRef(at ?? 0);
  place.current = at ?? length;
  const acts = useRef({ onChange, onRest, length });
  acts.current = { onChange, onRest, length };
  useEffect(() => {
    if (!isPlaying) return;
    let last = performance.now();
    let now = place.current >= acts.current.length ? 0 : place.current;
    let frame = requestAnimationFrame(function step(time) {
      const { length: whole, onChange: change } = acts.current;
      now += ((time - last) * whole) / Math.min(PLAY_MS_MAX, Math.max(PLAY_MS_MIN, whole));
      last = time;
      if (now >= whole) {
        change(null);
        acts.current.onRest(null);
        setPlaying(false);
        return;
      }
      change(now);
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying]);
  const stop = () => {
    setPlaying(false);
    onRest(at);
  };
  const toEnd = () => {
    setPlaying(false);
    onChange(null);
    onRest(null);
  };
  const shown = at ?? length;
  const text = at === null ? (isOver ? "As it ended" : "As it stands now") : `${duration(at)} after it was accepted, ${moment(new Date(zero + at).toISOString())}`;
  return (
    <div className="flex shrink-0 items-center gap-2 border-t border-line bg-surface px-3 py-1.5">
      <IconButton isSmall label={isPlaying ? "Stop playing" : "Play the run"} icon={isPlaying ? <Pause className="size-4" aria-hidden /> : <Play className="size-4" aria-hidden />} onClick={() => (isPlaying ? stop() : setPlaying(true))} />
      <label htmlFor={id} className="sr-only">Moment of the run</label>
      <input
        id={id}
        type="range"
        className="min-w-0 flex-1 accent-accent"
        min={0}
        max={STEPS}
        step={1}
        value={Math.round((shown / length) * STEPS)}
        aria-valuetext={text}
        onChange={(event) => {
          setPlaying(false);
          onChange((Number(event.target.value) / STEPS) * length);
        }}
        onPointerUp={() => onRest(at)}
        onKeyUp={() => onRest(at)}
      />
      <span className="hidden w-44 truncate text-right text-xs text-muted tabular-nums sm:block" title={text}>{at === null ? text : `${duration(at)} of ${duration(length)}`}</span>
      <Button isSmall look="quiet" disabled={at === null} title={at === null ? "This is the end already." : undefined} icon={<SkipForward className="size-3.5" aria-hidden />} onClick={toEnd}>{isOver ? "End" : "Now"}</Button>
    </div>
  );
}
