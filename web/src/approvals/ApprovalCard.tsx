/** One approval, whole: what is asked, by whom, until when, what was said; and the decision. */
import { useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useEvery } from "@/data/useEvery";
import { useNow } from "@/data/useNow";
import type { Json, Schema } from "@/graph/document";
import { useMay, useViewer } from "@/shell/viewer";
import { Badge } from "@/ui/Status";
import { Failed, Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { useJson } from "@/values/useJson";
import { ValueView } from "@/values/ValueView";
import { type ApprovalCardPartsFragment, ApprovalCardDocument, DecideApprovalDocument } from "./approval.generated";
import { ApprovalLinks } from "./ApprovalLinks";
import { announceDecision } from "./waiting";
import { DecisionForm } from "./DecisionForm";
import { APPROVAL_STATES, deadlineText, ROLE_WORDS, whyNot } from "./words";

/** Others may decide it meanwhile, or time may. */
const LOOK_AGAIN_MS = 15_000;

export function ApprovalCard({ approvalId, onDecided, isRunShown = true }: { approvalId: string; onDecided?: () => void; isRunShown?: boolean }) {
  const [{ data, error }, again] = useQuery({ query: ApprovalCardDocument, variables: { id: approvalId } });
  const isPending = data?.approval.status === "PENDING";
  const read = () => again({ requestPolicy: "network-only" });
  useEvery(LOOK_AGAIN_MS, read, isPending);
  if (error && !data) return <Failed errors={told(error)} retry={read} />;
  if (!data || data.approval.id !== approvalId) return <Loading />;
  return <Card approval={data.approval} onDecided={onDecided} read={read} isRunShown={isRunShown} />;
}

function Card({ approval, onDecided, read, isRunShown }: { approval: ApprovalCardPartsFragment; onDecided?: () => void; read: () => void; isRunShown: boolean }) {
  const state = APPROVAL_STATES[approval.status];
  const isPending = approval.status === "PENDING";
  return (
    <article aria-label={approval.title} className="flex min-w-0 flex-col gap-3">
      <header className="flex flex-wrap items-start gap-x-3 gap-y-1">
        <h3 className="min-w-0 flex-1 text-base font-semibold break-words">{approval.title}</h3>
        <Badge tone={state.tone}>{state.word}</Badge>
      </header>
      <p className="text-sm text-muted">
        {isRunShown && (
          <>
            <Link className="text-accent underline" to={`/runs/${encodeURIComponent(approval.runId)}?node=${encodeURIComponent(approval.nodeId)}`}>{approval.agentName}</Link>
            {" asks, "}
          </>
        )}
        <span title={moment(approval.createdAt)}>{ago(approval.createdAt)}</span>
        {approval.askedBy && <>, in a run of {approval.askedBy.name || approval.askedBy.email}</>}
        {approval.isEscalated && <>. Its time was over once, so now others are asked</>}.
      </p>
      {isPending && approval.deadline && <Deadline deadline={approval.deadline} onTimeout={approval.onTimeout} />}
      {approval.message && <p className="text-sm break-words whitespace-pre-wrap">{approval.message}</p>}
      <Needed approval={approval} />
      {isPending && approval.mayDecide ? <Decide approval={approval} onDecided={onDecided} read={read} /> : <Seen approval={approval} />}
      <Votes approval={approval} />
      {isPending && <ApprovalLinks approval={approval} read={read} />}
    </article>
  );
}

function Deadline({ deadline, onTimeout }: Pick<ApprovalCardPartsFragment, "onTimeout"> & { deadline: string }) {
  const now = useNow();
  const isNear = new Date(deadline).getTime() - now < 3_600_000;
  return <p className={isNear ? "text-sm font-medium text-warn" : "text-sm text-muted"} title={moment(deadline)}>{deadlineText(deadline, onTimeout, now)}.</p>;
}

function Needed({ approval }: { approval: ApprovalCardPartsFragment }) {
  if (approval.status !== "PENDING" || (approval.needed < 2 && approval.roles.length === 0)) return null;
  const approvals = approval.votes.filter((one) => one.isApproval).length;
  return (
    <p className="text-sm text-muted">
      {approval.needed > 1 && <>{approvals} of {approval.needed} people have approved it. One rejection rejects. </>}
      {approval.roles.length > 0 && <>For: {approval.roles.map((one) => ROLE_WORDS[one].toLowerCase()).join(", ")}.</>}
    </p>
  );
}

function Decide({ approval, onDecided, read }: { approval: ApprovalCardPartsFragment; onDecided?: () => void; read: () => void }) {
  const [decide, { isBusy, problems }] = useChange(DecideApprovalDocument, { isQuiet: true });
  const { isThere, json } = useJson(approval.currentData);
  const go = async (approve: boolean, comment: string, data?: Json) => {
    // Where several must approve, each says what they saw: what others changed meanwhile is a conflict, and not approved unseen.
    const seen = approve && approval.needed > 1 && isThere ? json : undefined;
    try {
      const answer = await decide({ input: { id: approval.id, approve, comment: comment.trim() || null, ...(data !== undefined || seen !== undefined ? { data: data ?? seen } : {}) } });
      const status = answer.approval?.status;
      notify({ kind: "ok", title: status === "PENDING" ? "Your approval is kept. It waits for others." : approve ? "Approved. The run goes on." : "Rejected. The run goes on." });
      announceDecision();
      onDecided?.();
    } catch {
      // `problems` tells it. Somebody else may have decided: what stands now is read again.
      read();
    }
  };
  return (
    <DecisionForm
      // Another's edit is another form: what was typed over the old one does not count for it.
      key={`${approval.id} ${approval.votes.length}`}
      value={approval.currentData}
      json={isThere ? (json as Json) : undefined}
      form={(approval.form as Schema | null) ?? null}
      isEditable={approval.isEditable}
      isOpen={approval.kind === "QUESTION" && approval.form != null}
      isBusy={isBusy}
      problems={problems}
      decide={(approve, comment, data) => void go(approve, comment, data)}
    />
  );
}

function Seen({ approval }: { approval: ApprovalCardPartsFragment }) {
  const viewer = useViewer();
  const may = useMay();
  const [isBefore, setBefore] = useState(false);
  const isEdited = approval.data.preview !== approval.currentData.preview || approval.data.size !== approval.currentData.size;
  return (
    <>
      <div className="min-w-0 rounded-lg border border-line bg-page p-3">
        <ValueView value={isBefore ? approval.data : approval.currentData} />
        {isEdited && (
          <button type="button" className="mt-2 text-xs text-accent underline" onClick={() => setBefore(!isBefore)}>
            {isBefore ? "Show it as it was edited" : "It was edited. Show it as it was asked"}
          </button>
        )}
      </div>
      {approval.status === "PENDING" && (
        <p className="text-sm text-muted">{whyNot(approval, { id: viewer.id, role: viewer.role, mayDecide: may("approvals:decide") })}</p>
      )}
      {approval.decidedAt && (
        <p className="text-sm">
          {APPROVAL_STATES[approval.status].word}
          {approval.decidedBy ? ` by ${approval.decidedBy.name}` : ""}, <span title={moment(approval.decidedAt)}>{ago(approval.decidedAt)}</span>.
          {approval.comment && approval.votes.length === 0 && <q className="ml-1 break-words">{approval.comment}</q>}
        </p>
      )}
    </>
  );
}

function Votes({ approval }: { approval: ApprovalCardPartsFragment }) {
  if (approval.votes.length === 0) return null;
  return (
    <section aria-label="What was said" className="flex flex-col gap-1.5">
      <h4 className="text-sm font-semibold">What was said</h4>
      <ul className="flex flex-col gap-1.5">
        {approval.votes.map((vote) => (
          <li key={vote.at + (vote.person?.id ?? "")} className="text-sm break-words">
            <span className={vote.isApproval ? "text-ok" : "text-danger"}>{vote.isApproval ? "Approved" : "Rejected"}</span> by {vote.person ? vote.person.name || vote.person.email : "somebody who has left"}
            {vote.source === "link" && " by a link"}
            {vote.source === "key" && " by an API key"}, <span className="text-muted" title={moment(vote.at)}>{ago(vote.at)}</span>
            {vote.comment && <blockquote className="mt-0.5 border-l-2 border-line-strong pl-2 text-muted">{vote.comment}</blockquote>}
          </li>
        ))}
      </ul>
    </section>
  );
}
