/** The builder: reads an agent's draft into the editor, and lays out what works on it. Each part keeps to itself; they meet in `store.ts`. */
import { useEffect } from "react";
import { useParams } from "react-router";
import { useClient, useQuery } from "urql";
import { readCatalogueAgain, useCatalogue } from "@/blocks/blocks";
import { told } from "@/data/errors";
import { whole } from "@/graph/whole";
import { useMay } from "@/shell/viewer";
import { LinkButton } from "@/ui/Button";
import { useTitle } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { EditorAgentDocument } from "./build.generated";
import { Canvas } from "./canvas/Canvas";
import { useCanvasUi } from "./canvas/ui";
import { Inspector } from "./inspector/Inspector";
import { Problems } from "./inspector/Problems";
import { Inside } from "./Inside";
import { Palette } from "./palette/Palette";
import { DraftBar } from "./publish/DraftBar";
import { DraftNotices } from "./publish/DraftNotices";
import { RunBar } from "./run/RunBar";
import { RunPanel } from "./run/RunPanel";
import { useEditor } from "./store";
import { useAddress } from "./useAddress";
import { useRegions } from "./useRegions";

export function Component() {
  const { agentId = "" } = useParams();
  const client = useClient();
  const may = useMay();
  const catalogue = useCatalogue();
  const [{ data, error, fetching }, again] = useQuery({ query: EditorAgentDocument, variables: { id: agentId }, requestPolicy: "network-only" });
  const graph = data?.graph?.id === agentId ? data.graph : null;
  const isOpen = useOpened(agentId, graph, !may("graphs:write"));
  useAddress(isOpen && catalogue.isComplete);
  useTitle(useEditor((state) => (isOpen ? `${state.document.name}, builder` : "Builder")));

  useRegions();

  if (!isOpen && error && told(error).some((one) => one.code === "NOT_FOUND")) return <Gone />;
  if (error && !isOpen) return <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />;
  if (catalogue.errors.length > 0) return <Failed errors={catalogue.errors} retry={() => readCatalogueAgain(client)} />;
  if (data && !fetching && !graph) return <Gone />;
  if (!isOpen || !catalogue.isComplete) return <Loading text="Opening the agent" />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="sr-only">Build</h1>
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-3 py-1.5">
        <div className="min-w-0 flex-1"><DraftBar /></div>
        <RunBar />
        <DraftNotices />
      </header>
      <div className="flex min-h-0 flex-1">
        <Palette blocks={catalogue.blocks} />
        <div className="flex min-w-0 flex-1 flex-col">
          <div className="relative min-h-0 flex-1">
            <Canvas blocks={catalogue.blocks} />
            <Inside blocks={catalogue.blocks} />
          </div>
          <Problems />
          <RunPanel />
        </div>
        <Inspector />
      </div>
    </div>
  );
}

type Read = { id: string; draft?: { revision: number; document: unknown } | null } | null;

/** Put what was read into the editor, once for each agent: what is edited meanwhile is not overwritten by a late answer. */
function useOpened(agentId: string, graph: Read, isReadOnly: boolean): boolean {
  const opened = useEditor((state) => state.agentId);
  useEffect(() => {
    if (!graph || useEditor.getState().agentId === graph.id) return;
    const document = graph.draft?.document ?? { id: "", name: "", nodes: [], links: [] };
    useCanvasUi.getState().reset();
    useEditor.getState().open({ agentId: graph.id, document: whole(document), revision: graph.draft?.revision ?? 0, isReadOnly });
  }, [graph, isReadOnly]);
  // Coming back reads anew: another person, or another tab, may have edited it.
  useEffect(() => () => useEditor.getState().close(), [agentId]);
  return opened === agentId;
}

const Gone = () => (
  <Empty title="This agent is not here" text="It was deleted, or it belongs to another organisation.">
    <LinkButton to="/library">To the library</LinkButton>
  </Empty>
);
