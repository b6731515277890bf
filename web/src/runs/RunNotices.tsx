/** Why a run does not go on, each with what to do about it. */
import { CircleAlert, Hand, Info } from "lucide-react";
import { useState } from "react";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Button, LinkButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { LimitDialog } from "./LimitDialog";
import type { RunHeadFragment } from "./run.generated";
import { RunRetryNodeDocument } from "./run.generated";
import type { From } from "./RunScreen";
import { RunsResumeDocument } from "./runs.generated";
import { count, type Notice } from "./words";

const LOOKS: Record<string, string> = { danger: "border-danger bg-danger-soft", warn: "border-warn bg-warn-soft", info: "border-info bg-info-soft" };

/** More of them would leave no room for the run itself. */
const SHOWN = 2;

type Props = { run: RunHeadFragment; notices: Notice[]; refresh: () => void; showNode: (nodeId: string) => void; continueFrom: (from: From) => void; showApprovals: () => void; waiting: number };

export function RunNotices(props: Props) {
  const { run, notices, waiting, showApprovals } = props;
  const [isLimit, setLimit] = useState(false);
  const [isAll, setAll] = useState(false);
  const shown = isAll ? notices : notices.slice(0, SHOWN);
  if (notices.length === 0 && waiting === 0) return null;
  return (
    <section aria-label="What keeps it" className="flex shrink-0 flex-col gap-2 px-4 pt-3 sm:px-6">
      {waiting > 0 && (
        <div className={cx("flex flex-wrap items-center gap-3 rounded-lg border px-3 py-2 text-sm", LOOKS.warn)}>
          <Hand className="size-4 shrink-0 text-warn" aria-hidden />
          <p className="min-w-0 flex-1">It waits for a person: {count(waiting, "approval is", "approvals are")} asked for. No worker is held meanwhile.</p>
          <Button isSmall look="primary" onClick={showApprovals}>Look at it</Button>
        </div>
      )}
      {shown.map((notice) => <One key={notice.id} notice={notice} openLimit={() => setLimit(true)} {...props} />)}
      {notices.length > SHOWN && (
        <Button isSmall className="self-start" aria-expanded={isAll} onClick={() => setAll(!isAll)}>{isAll ? "Show fewer" : `Show ${count(notices.length - SHOWN, "more reason")}`}</Button>
      )}
      {isLimit && <LimitDialog run={run} onClose={() => setLimit(false)} refresh={props.refresh} />}
    </section>
  );
}

function One({ run, notice, openLimit, refresh, showNode, continueFrom }: Props & { notice: Notice; openLimit: () => void }) {
  const may = useMay();
  const [resume, resuming] = useChange(RunsResumeDocument);
  const [retry, retrying] = useChange(RunRetryNodeDocument);
  const Icon = notice.tone === "info" ? Info : CircleAlert;
  const quietly = (work: Promise<unknown>) => void work.then(refresh, () => undefined);
  const { nodeId, nodeExecutionId } = notice;
  return (
    <div role={notice.tone === "danger" ? "alert" : "status"} className={cx("flex flex-wrap items-center gap-3 rounded-lg border px-3 py-2 text-sm", LOOKS[notice.tone] ?? LOOKS.info)}>
      <Icon className="size-4 shrink-0" aria-hidden />
      <p className="min-w-0 flex-1 basis-60 break-words"><strong className="font-medium">{notice.title}.</strong> {notice.text}</p>
      <span className="flex flex-wrap gap-2">
        {nodeId && <Button isSmall onClick={() => showNode(nodeId)}>Show the node</Button>}
        {nodeExecutionId && <Button isSmall look="primary" isBusy={retrying.isBusy} disabled={!may("runs:execute")} onClick={() => quietly(retry({ input: { nodeExecutionId } }))}>Try it again</Button>}
        {notice.action === "resume" && <Button isSmall look="primary" isBusy={resuming.isBusy} disabled={!may("runs:execute")} onClick={() => quietly(resume({ input: { id: run.id, haltKey: notice.haltKey } }))}>Resume</Button>}
        {notice.action === "limits" && <Button isSmall look="primary" disabled={!may("runs:manage")} onClick={openLimit}>Raise the limit</Button>}
        {notice.action === "credentials" && <LinkButton isSmall to="/credentials">To the credentials</LinkButton>}
        {notice.action === "continue" && <Button isSmall disabled={!may("runs:execute")} onClick={() => continueFrom({ mode: "START", nodeIds: [] })}>Run it again</Button>}
      </span>
    </div>
  );
}
