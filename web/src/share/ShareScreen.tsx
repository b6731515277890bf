/** What a run gave, for whoever has the link: outputs and how the run stands, nothing else, without signing in. All of it is untrusted. */
import { Blocks } from "lucide-react";
import { useParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { useEvery } from "@/data/useEvery";
import { useTheme } from "@/shell/theme";
import { useTitle } from "@/ui/Page";
import { isOver, StateBadge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { Toasts } from "@/ui/toasts";
import { TooltipProvider } from "@/ui/Tooltip";
import { ValueView } from "@/values/ValueView";
import { SharedRunDocument, type SharedRunQuery } from "./share.generated";

/** Most shared runs are over; one that is not is looked at as often as a person would. */
const LOOK_AGAIN_MS = 5_000;

export function Component() {
  useTheme();
  useTitle("Shared run");
  const { token = "" } = useParams();
  const [{ data, error }, again] = useQuery({ query: SharedRunDocument, variables: { token }, requestPolicy: "network-only" });
  const run = data?.sharedRun;
  const read = () => again({ requestPolicy: "network-only" });
  useEvery(LOOK_AGAIN_MS, read, run != null && !isOver(run.status));
  // A value that is too large for this page is an error of its own field; all else is there.
  const problems = error && !run ? told(error) : [];
  const isGone = problems.some((one) => one.code === "NOT_FOUND");
  return (
    <TooltipProvider>
      <div className="h-full overflow-y-auto">
        <main className="mx-auto flex w-full max-w-3xl flex-col gap-4 px-4 py-5">
          <p className="flex items-center gap-2 text-sm font-semibold"><Blocks className="size-5 text-accent" aria-hidden /> Drystone</p>
          {isGone && <Empty title="This link does not work any more" text="Whoever shared the run has ended it, or its time is over. Ask them for another." />}
          {!isGone && <Failed errors={problems} retry={read} />}
          {!run && problems.length === 0 && <Loading />}
          {run && <Shared run={run} />}
        </main>
      </div>
      <Toasts />
    </TooltipProvider>
  );
}

function Shared({ run }: { run: SharedRunQuery["sharedRun"] }) {
  return (
    <>
      <header className="flex flex-wrap items-center gap-3">
        <h1 className="min-w-0 flex-1 text-xl font-semibold">What the run gave</h1>
        <StateBadge state={run.status} />
      </header>
      {run.outputs.length === 0 && <Empty title={isOver(run.status) ? "The run gave nothing" : "Nothing yet"} text={isOver(run.status) ? "It is over, and has no outputs." : "What the run gives shows here by itself."} />}
      {run.outputs.map((output) => (
        <section key={output.name} aria-label={output.name} className="flex min-w-0 flex-col gap-2 rounded-xl border border-line bg-surface p-4">
          <h2 className="text-sm font-semibold break-words">{output.name}</h2>
          {output.values.map((value, index) => {
            // Without a session there is no other way to a value that is kept apart, nor to a file, than in this answer.
            const json = value.isInline ? value.json : value.whole;
            const isThere = value.isInline || json != null;
            return (
              <div key={`${output.executions[index] ?? ""} ${index}`} className="min-w-0 border-t border-line pt-2 first-of-type:border-0 first-of-type:pt-0">
                <ValueView value={{ ...value, json, isInline: isThere, valueUrl: null }} />
              </div>
            );
          })}
        </section>
      ))}
      <p className="text-xs text-muted">An agent made this. Nobody may have checked it: mind what it says, and where its links lead.</p>
    </>
  );
}
