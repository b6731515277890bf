/** The demo agents: each can be tried at once, without keys. */
import { Play } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/ui/Button";
import { Failed, Loading } from "@/ui/states";
import { Words } from "@/ui/Words";
import type { Demo } from "./demos";
import type { Imported } from "./useImport";

type Props = { importDocument: (document: unknown) => Promise<Imported | null>; onRun: (agent: { id: string; name: string }) => void };

export function Demos({ importDocument, onRun }: Props) {
  const [demos, setDemos] = useState<Demo[] | null>(null);
  const [isBroken, setBroken] = useState(false);
  const [busyId, setBusyId] = useState<string | null>(null);
  useEffect(() => {
    let isHere = true;
    import("./demos").then(
      (found) => isHere && setDemos(found.DEMOS),
      () => isHere && setBroken(true),
    );
    return () => {
      isHere = false;
    };
  }, []);
  const attempt = async (demo: Demo) => {
    setBusyId(demo.id);
    const answer = await importDocument(demo.document);
    setBusyId(null);
    if (answer?.graph) onRun(answer.graph);
  };
  if (isBroken) return <Failed errors={[{ code: "OFFLINE", message: "The examples could not be read.", remedy: "Load the page again." }]} />;
  if (!demos) return <Loading text="Reading the examples" />;
  return (
    <ul className="grid gap-3 text-left sm:grid-cols-2 xl:grid-cols-3" aria-label="Examples">
      {demos.map((demo) => (
        <li key={demo.id} className="flex flex-col gap-1.5 rounded-xl border border-line bg-surface p-3">
          <h3 className="text-sm font-semibold">{demo.name}</h3>
          <p className="text-xs font-medium text-accent">{demo.shows}</p>
          <p className="flex-1 text-xs text-muted"><Words text={demo.description} /></p>
          <div>
            <Button isSmall icon={<Play className="size-3.5" aria-hidden />} isBusy={busyId === demo.id} disabled={busyId !== null} onClick={() => void attempt(demo)} aria-label={`Try it: ${demo.name}`}>
              Try it
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
}
