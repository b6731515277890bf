/** What a link asks of whom it is for: read, edit, decide once, without signing in. It works on a phone, and shows nothing else of the run. */
import { Blocks, Check } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import type { ApprovalStatus } from "@/data/schema.generated";
import { moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useNow } from "@/data/useNow";
import type { Json, Schema } from "@/graph/document";
import { useTheme } from "@/shell/theme";
import { useTitle } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { Toasts } from "@/ui/toasts";
import { TooltipProvider } from "@/ui/Tooltip";
import { ValueView } from "@/values/ValueView";
import { DecisionForm } from "./DecisionForm";
import { ApprovalByLinkDocument, type ApprovalByLinkQuery, DecideByLinkDocument } from "./link.generated";
import { APPROVAL_STATES, deadlineText } from "./words";

type Asked = ApprovalByLinkQuery["approvalByLink"];

export function Component() {
  useTheme();
  const { token = "" } = useParams();
  const [{ data, error }, again] = useQuery({ query: ApprovalByLinkDocument, variables: { token }, requestPolicy: "network-only" });
  useTitle(data?.approvalByLink.title ?? "Approval");
  const [ended, setEnded] = useState<{ status: ApprovalStatus; isApproved: boolean } | null>(null);
  const problems = error && !data ? told(error) : [];
  return (
    <TooltipProvider>
      <div className="h-full overflow-y-auto">
        <main className="mx-auto flex w-full max-w-2xl flex-col gap-4 px-4 py-5">
          <p className="flex items-center gap-2 text-sm font-semibold">
            <Blocks className="size-5 text-accent" aria-hidden /> Drystone
          </p>
          {problems.some((one) => one.code === "NOT_FOUND") && (
            <Empty title="This link does not work any more" text="It was used, it ended, or it is not whole. Ask whoever sent it for another, or decide in the app, under Approvals." />
          )}
          {problems.length > 0 && problems.every((one) => one.code !== "NOT_FOUND") && <Failed errors={problems} retry={() => again({ requestPolicy: "network-only" })} />}
          {!data && problems.length === 0 && <Loading />}
          {ended ? <Done {...ended} /> : data && <Ask asked={data.approvalByLink} token={token} onDone={(status, isApproved) => setEnded({ status, isApproved })} />}
        </main>
      </div>
      <Toasts />
    </TooltipProvider>
  );
}

function Done({ status, isApproved }: { status: ApprovalStatus; isApproved: boolean }) {
  const text = status === "PENDING" ? "Your approval is kept. Others must approve, too, before the run goes on." : "The run goes on. This link is used up, and you can close this page.";
  return (
    <div role="status" className="rounded-xl border border-line bg-surface">
      <Empty icon={<Check className="size-8 text-ok" />} title={isApproved ? "You approved it" : "You rejected it"} text={text} />
    </div>
  );
}

function Ask({ asked, token, onDone }: { asked: Asked; token: string; onDone: (status: ApprovalStatus, isApproved: boolean) => void }) {
  const now = useNow(1_000, asked.deadline != null);
  const [decide, { isBusy, problems }] = useChange(DecideByLinkDocument, { isQuiet: true });
  // Without a session there is no other way to a value that is kept apart than in this answer.
  const json = asked.data.isInline ? asked.data.json : asked.data.whole;
  const isThere = asked.data.isInline || json != null;
  const value = { ...asked.data, json, valueUrl: null, isInline: isThere };
  const mayDecide = asked.problem === null && asked.status === "PENDING";
  const go = async (approve: boolean, comment: string, data?: Json) => {
    const answer = await decide({ input: { token, approve, comment: comment.trim() || null, ...(data === undefined ? {} : { data }) } }).catch(() => null);
    if (answer?.status) onDone(answer.status, approve);
  };
  return (
    <article className="flex min-w-0 flex-col gap-3 rounded-xl border border-line bg-surface p-4">
      <h1 className="text-lg font-semibold break-words">{asked.title}</h1>
      <p className="text-sm text-muted">The agent {asked.agentName} asks you, and waits for your answer.</p>
      {asked.message && <p className="text-sm break-words whitespace-pre-wrap">{asked.message}</p>}
      {mayDecide && asked.deadline && <p className="text-sm text-warn">{deadlineText(asked.deadline, null, now)}.</p>}
      {mayDecide ? (
        <DecisionForm
          value={value}
          json={isThere ? (json as Json) : undefined}
          form={(asked.form as Schema | null) ?? null}
          isEditable={asked.isEditable}
          isOpen={asked.form != null}
          isBusy={isBusy}
          problems={problems}
          decide={(approve, comment, data) => void go(approve, comment, data)}
        />
      ) : (
        <>
          <div className="min-w-0 rounded-lg border border-line bg-page p-3"><ValueView value={value} /></div>
          <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm">{asked.problem ?? `${APPROVAL_STATES[asked.status].word}. There is nothing left to decide.`}</p>
        </>
      )}
      <p className="text-xs text-muted">The link serves once, until {moment(asked.expiresAt)}.</p>
    </article>
  );
}
