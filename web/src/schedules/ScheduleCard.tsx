import { CalendarPlus, ChevronDown, ChevronRight, Ellipsis, Pause, Pencil, Play, TriangleAlert, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { itemsIf, Menu } from "@/ui/Menu";
import { Badge } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import { PauseDialog } from "./PauseDialog";
import { ScheduleFires } from "./ScheduleFires";
import { ScheduleDeleteDocument, type SchedulePartsFragment, ScheduleTriggerDocument } from "./schedules.generated";
import { specWords, writeSpec } from "./spec";
import { inZone, remedyOf } from "./words";

/** `agent`, where it is told: null for one that was deleted, of which nothing can run any more. */
type Props = { schedule: SchedulePartsFragment; agent?: { id: string; name: string } | null; isOpen: boolean; onToggle: () => void; onEdit: () => void; onBackfill: () => void; onChange: () => void };

export function ScheduleCard({ schedule, agent, isOpen, onToggle, onEdit, onBackfill, onChange }: Props) {
  const may = useMay()("runs:execute");
  const isOrphan = agent === null;
  const navigate = useNavigate();
  const [isPausing, setPausing] = useState(false);
  const [isDoomed, setDoomed] = useState(false);
  const [fired, setFired] = useState(0);
  const [trigger, triggering] = useChange(ScheduleTriggerDocument);
  const [remove] = useChange(ScheduleDeleteDocument);
  const [next] = schedule.nextTimes ?? [];
  const words = specWords(writeSpec(schedule.spec)) ?? schedule.spec.words;

  const runNow = async () => {
    const answer = await trigger({ input: { id: schedule.id } }).catch(() => null);
    const fire = answer?.fire;
    if (fire?.run) {
      const runId = fire.run.id;
      notify({ kind: "ok", title: "A run was started.", action: { label: "Watch it", act: () => void navigate(`/runs/${runId}`) } });
    } else if (fire?.error) notify({ kind: "error", title: fire.error.message, text: remedyOf(fire.error.code) });
    setFired((now) => now + 1);
    onChange();
  };
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  return (
    <li className="rounded-xl border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
        <button type="button" className="flex min-w-56 flex-1 items-start gap-2 rounded-md text-left" aria-expanded={isOpen} onClick={onToggle}>
          <Arrow className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
          <span className="min-w-0">
            <span className="block text-sm font-semibold break-words">{schedule.name}</span>
            <span className="block text-sm text-muted">{words}</span>
          </span>
        </button>
        {agent && <Link className="max-w-60 truncate text-sm underline" title={agent.name} to={`/library/${agent.id}?tab=schedules`}>{agent.name}</Link>}
        {isOrphan && <Badge tone="danger">Its agent was deleted</Badge>}
        <span className="text-sm text-muted">
          {schedule.isPaused ? <Badge tone="warn">Paused</Badge> : next ? <span title={inZone(next, schedule.spec.timezone)}>Next run {ago(next)}</span> : schedule.isSynced ? (schedule.nextTimes ? "No more times" : "Its next times are not known now") : "Being set up"}
        </span>
        {may && !isOrphan && <Button isSmall icon={<Play className="size-3.5" aria-hidden />} isBusy={triggering.isBusy} onClick={() => void runNow()} aria-label={`Run now: ${schedule.name}`}>Run now</Button>}
        {may && <Button isSmall icon={schedule.isPaused ? <Play className="size-3.5" aria-hidden /> : <Pause className="size-3.5" aria-hidden />} onClick={() => setPausing(true)} aria-label={`${schedule.isPaused ? "Resume" : "Pause"} ${schedule.name}`}>
          {schedule.isPaused ? "Resume" : "Pause"}
        </Button>}
        {may && <Menu
          items={[
            ...itemsIf(!isOrphan, { label: "Change", icon: <Pencil className="size-4" />, act: onEdit }, { label: "Make up for a time that is over", icon: <CalendarPlus className="size-4" />, act: onBackfill }),
            "separator",
            { label: "Delete", icon: <Trash2 className="size-4" />, isDangerous: true, act: () => setDoomed(true) },
          ]}
        >
          <button type="button" aria-label={`More about ${schedule.name}`} className="flex size-7 items-center justify-center rounded-md text-muted hover:bg-sunken"><Ellipsis className="size-4" aria-hidden /></button>
        </Menu>}
      </div>
      {schedule.problem && (
        <div role="alert" className="mx-4 mb-3 flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
          <p className="min-w-56 flex-1 break-words">
            <strong className="font-medium">It could not run {ago(schedule.problem.at)}: {schedule.problem.message}</strong> {isOrphan ? "Delete the schedule: nothing can run by it." : `${remedyOf(schedule.problem.code)} It goes on trying at its times.`}
          </p>
          {may && !isOrphan && <Button isSmall onClick={onEdit}>Open it</Button>}
        </div>
      )}
      {schedule.note && <p className="mx-4 mb-3 text-sm break-words text-muted">{schedule.isPaused ? "Paused" : "Resumed"}: {schedule.note}</p>}
      {isOpen && (
        <div className="grid gap-4 border-t border-line px-4 py-3 lg:grid-cols-[18rem_1fr]">
          <div className="flex flex-col gap-3 text-sm">
            <section aria-label={`Next times of ${schedule.name}`}>
              <h3 className="font-semibold">Next times</h3>
              {schedule.nextTimes?.length ? (
                <ol className="tabular-nums">{schedule.nextTimes.map((at) => <li key={at}>{inZone(at, schedule.spec.timezone)}</li>)}</ol>
              ) : (
                <p className="text-muted">{schedule.isPaused ? "None while it is paused." : schedule.nextTimes ? "There are no more." : "They are known again in a moment."}</p>
              )}
            </section>
            <p className="text-muted">{schedule.policyWords}</p>
            <p className="text-muted">
              {schedule.runsAs ? `In the name of ${schedule.runsAs.name}.` : "In the name of somebody who has left."} {schedule.graphVersion ? `Always version ${schedule.graphVersion}.` : "The version that is active then."}
            </p>
            <p className="text-xs text-muted">Changed {moment(schedule.updatedAt)}</p>
          </div>
          <ScheduleFires key={fired} schedule={schedule} />
        </div>
      )}
      {isPausing && <PauseDialog schedule={schedule} onClose={() => setPausing(false)} onDone={onChange} />}
      <Confirm
        isOpen={isDoomed}
        onClose={() => setDoomed(false)}
        title={`Delete the schedule “${schedule.name}”?`}
        text="What it started goes on and stays."
        action="Delete the schedule"
        act={async () => {
          await remove({ id: schedule.id });
          onChange();
        }}
      />
    </li>
  );
}
