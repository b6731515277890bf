/** One webhook: its address, what it starts, and, opened, what came and how to call it. */
import { ChevronDown, ChevronRight, Ellipsis, KeyRound, Pause, Pencil, Play, Plus, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Confirm } from "@/ui/Dialog";
import { itemsIf, Menu } from "@/ui/Menu";
import { Badge } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import { AttachmentRow } from "./AttachmentRow";
import { CodeBlock } from "./CodeBlock";
import { Deliveries } from "./Deliveries";
import type { SecretShown } from "./NewWebhookDialog";
import { RenameDialog, RotateDialog } from "./WebhookDialogs";
import { type TriggerAttachmentPartsFragment, TriggerDeleteDocument, TriggerPauseDocument, TriggerResumeDocument, type TriggerWebhookPartsFragment } from "./triggers.generated";
import { callHelp, PROVIDERS } from "./words";

type Props = {
  hook: TriggerWebhookPartsFragment;
  /** The agent at which it is shown; null: it is shown for itself. */
  agentId: string | null;
  isOpen: boolean;
  onToggle: () => void;
  onAttach?: () => void;
  onEdit: (attachment: TriggerAttachmentPartsFragment) => void;
  onSecret: (shown: SecretShown) => void;
  onChange: () => void;
};

export function WebhookCard({ hook, agentId, isOpen, onToggle, onAttach, onEdit, onSecret, onChange }: Props) {
  const may = useMay();
  const [task, setTask] = useState<"rename" | "rotate" | "delete" | null>(null);
  const [pause] = useChange(TriggerPauseDocument);
  const [resume] = useChange(TriggerResumeDocument);
  const [remove] = useChange(TriggerDeleteDocument);
  const canWrite = may("credentials:write");
  const canRun = may("runs:execute");
  const isAttached = hook.attachments.some((one) => one.graphId === agentId);
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  const toggle = () => void (hook.isPaused ? resume : pause)({ id: hook.id }).then(onChange, () => undefined);
  return (
    <li className="rounded-xl border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
        <button type="button" className="flex min-w-56 flex-1 items-start gap-2 rounded-md text-left" aria-expanded={isOpen} onClick={onToggle}>
          <Arrow className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
          <span className="min-w-0">
            <span className="block text-sm font-semibold break-words">{hook.name}</span>
            <span className="block text-xs text-muted">
              {PROVIDERS[hook.provider].title}
              {hook.resource ? `, ${hook.resource}` : ""}, made {ago(hook.createdAt)}
              {hook.createdBy ? ` by ${hook.createdBy.name}` : ""}
            </span>
          </span>
        </button>
        {hook.isSigned ? <Badge tone="ok">Signed</Badge> : <Badge tone="warn" title="Whoever has the address may start runs.">Not signed</Badge>}
        {hook.isPaused && <Badge tone="warn">Paused</Badge>}
        {!isAttached && onAttach && <Button isSmall icon={<Plus className="size-3.5" aria-hidden />} onClick={onAttach} aria-label={`Let it start this agent: ${hook.name}`}>Let it start this agent</Button>}
        {canRun && <Button isSmall icon={hook.isPaused ? <Play className="size-3.5" aria-hidden /> : <Pause className="size-3.5" aria-hidden />} onClick={toggle} aria-label={`${hook.isPaused ? "Resume" : "Pause"} ${hook.name}`}>
          {hook.isPaused ? "Resume" : "Pause"}
        </Button>}
        {(canWrite || onAttach) && <Menu
          items={[
            ...itemsIf(canWrite, { label: "Rename", icon: <Pencil className="size-4" />, act: () => setTask("rename") }, { label: "New secret", icon: <KeyRound className="size-4" />, act: () => setTask("rotate"), isDisabled: !hook.isSigned, hint: hook.isSigned ? undefined : "It is not signed" }),
            ...(isAttached && onAttach ? [{ label: "Start this agent in another way, too", icon: <Plus className="size-4" />, act: onAttach }] : []),
            "separator",
            ...itemsIf(canWrite, { label: "Delete", icon: <Trash2 className="size-4" />, isDangerous: true, act: () => setTask("delete") }),
          ]}
        >
          <button type="button" aria-label={`More about ${hook.name}`} className="flex size-7 items-center justify-center rounded-md text-muted hover:bg-sunken"><Ellipsis className="size-4" aria-hidden /></button>
        </Menu>}
      </div>
      {hook.isPaused && <p className="mx-4 mb-3 text-sm text-muted">It answers, and what comes is not kept. Resume it to have runs started again.</p>}
      {hook.problem && (
        <p role="alert" className="mx-4 mb-3 flex items-start gap-2 rounded-md bg-danger-soft px-3 py-2 text-sm break-words text-danger">
          <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden /> {hook.problem.message}
        </p>
      )}
      {hook.attachments.length > 0 && (
        <ul aria-label={`What ${hook.name} starts`} className="border-t border-line">
          {hook.attachments.map((one) => (
            <AttachmentRow key={one.id} attachment={one} isOwn={one.graphId === agentId} onEdit={() => onEdit(one)} onChange={onChange} />
          ))}
        </ul>
      )}
      {isOpen && (
        <div className="flex flex-col gap-4 border-t border-line px-4 py-3">
          {hook.url ? <CopyField label="Address" value={hook.url} /> : <p className="text-sm text-muted">Your role does not see the address.</p>}
          <Deliveries hook={hook} />
          {hook.url && !hook.isRegistered && <HowToCall hook={hook} url={hook.url} />}
        </div>
      )}
      {task === "rename" && <RenameDialog hook={hook} onClose={() => setTask(null)} onDone={onChange} />}
      {task === "rotate" && <RotateDialog hook={hook} onClose={() => setTask(null)} onSecret={onSecret} onDone={onChange} />}
      <Confirm
        isOpen={task === "delete"}
        onClose={() => setTask(null)}
        title={`Delete the webhook “${hook.name}”?`}
        text="Its address is gone at once, and no other can have it again. What was accepted still runs."
        action="Delete the webhook"
        act={async () => {
          const answer = await remove({ id: hook.id });
          if (answer.warning) notify({ kind: "info", title: "The webhook is deleted.", text: answer.warning });
          onChange();
        }}
      />
    </li>
  );
}

function HowToCall({ hook, url }: { hook: TriggerWebhookPartsFragment; url: string }) {
  const { text, command } = callHelp(hook.provider, hook.isSigned, url);
  return (
    <details>
      <summary className="cursor-pointer text-sm font-medium">How to call it</summary>
      <div className="mt-2 flex flex-col gap-2">
        <p className="text-sm text-muted">{text}</p>
        {command && <CodeBlock label={`Command that calls ${hook.name}`} text={command} />}
      </div>
    </details>
  );
}
