import { type FormEvent, useState } from "react";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/fields";
import { SchedulePauseDocument, ScheduleResumeDocument, type SchedulePartsFragment } from "./schedules.generated";

/** Pause a schedule, or resume it, with a word for the others. */
export function PauseDialog({ schedule, onClose, onDone }: { schedule: SchedulePartsFragment; onClose: () => void; onDone: () => void }) {
  const [note, setNote] = useState("");
  const [pause, pausing] = useChange(SchedulePauseDocument);
  const [resume, resuming] = useChange(ScheduleResumeDocument);
  const act = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await (schedule.isPaused ? resume : pause)({ input: { id: schedule.id, note: note.trim() || null } });
      onDone();
      onClose();
    } catch {
      // The notice says why; the dialog stays for another try.
    }
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="small"
      title={`${schedule.isPaused ? "Resume" : "Pause"} “${schedule.name}”`}
      description={schedule.isPaused ? "It runs at its times again. Those that passed meanwhile are not made up for." : "Its times pass. What it started goes on."}
    >
      <form className="flex flex-col gap-3" onSubmit={(event) => void act(event)}>
        <TextField label="Note" autoFocus maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} help="Why, for those who look at it later." />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={pausing.isBusy || resuming.isBusy}>{schedule.isPaused ? "Resume it" : "Pause it"}</Button>
        </div>
      </form>
    </Dialog>
  );
}
