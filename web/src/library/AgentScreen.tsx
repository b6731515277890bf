/** One agent: what it is, its runs, what starts it, its versions and its settings. */
import { Ellipsis, Pencil, Play, Star } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { Presets } from "@/presets/Presets";
import { askedIn } from "@/run/link";
import { RunDialog } from "@/run/RunDialog";
import { Schedules } from "@/schedules/Schedules";
import { useMay } from "@/shell/viewer";
import { Triggers } from "@/triggers/Triggers";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Menu } from "@/ui/Menu";
import { Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { Badge } from "@/ui/Status";
import { Tabs } from "@/ui/Tabs";
import { Words } from "@/ui/Words";
import { LibraryAgentDocument, type LibraryAgentQuery } from "./agent.generated";
import { AgentRuns } from "./AgentRuns";
import { AgentSettings } from "./AgentSettings";
import { AgentVersions } from "./AgentVersions";
import { hasChanges } from "./draft";
import { oneOf } from "./items";
import { useAgentActions } from "./useAgentActions";
import { useEntry, useFolders } from "./useLibrary";

const TABS = ["runs", "schedules", "triggers", "presets", "versions", "settings"] as const;
export type AgentDetail = NonNullable<LibraryAgentQuery["graph"]>;

export function Component() {
  const { agentId = "" } = useParams();
  const [{ data, error, fetching }, read] = useQuery({ query: LibraryAgentDocument, variables: { id: agentId } });
  const again = () => read({ requestPolicy: "network-only" });
  if (!data && error) return <Page title="Agent"><Failed errors={told(error)} retry={again} /></Page>;
  if (!data || (fetching && !data.graph)) return <Loading text="Reading the agent" />;
  if (!data.graph) {
    return (
      <Page title="Agent">
        <Empty title="There is no such agent here" text="It was deleted, or it belongs to another organisation.">
          <LinkButton to="/library">To the library</LinkButton>
        </Empty>
      </Page>
    );
  }
  return <Agent agent={data.graph} again={again} />;
}

function Agent({ agent, again }: { agent: AgentDetail; again: () => void }) {
  const may = useMay();
  const navigate = useNavigate();
  const [address, setAddress] = useSearchParams();
  const [isRunning, setRunning] = useState(false);
  const { entry, isKnown, keep, refresh } = useEntry(agent.id);
  const { folders } = useFolders();
  const item = { agent, entry };
  const refreshAll = () => {
    again();
    refresh();
  };
  const { itemsFor, changeEntry, takeUpdate, entryToRun, dialogs } = useAgentActions({ folders, refresh: refreshAll, keep, onDeleted: () => void navigate("/library") });
  const tab = oneOf(address.get("tab"), TABS, "runs");
  const isRunnable = agent.activeVersion != null;
  const { hash } = useLocation();
  // A shared link opens the form once; closing it takes the question out of the address.
  const asked = askedIn(address, hash);

  const run = async () => {
    await entryToRun(agent.id);
    setRunning(true);
  };
  const actions = (
    <>
      {may("library:write") && <IconButton
        label={entry?.isFavourite ? "Remove from favourites" : "Add to favourites"}
        aria-pressed={entry?.isFavourite ?? false}
        icon={<Star className={cx("size-4", entry?.isFavourite && "fill-current text-warn")} aria-hidden />}
        onClick={() => void changeEntry(item, { isFavourite: !entry?.isFavourite })}
      />}
      <Menu items={itemsFor(item)}>
        <button type="button" aria-label="More" className="flex size-8 items-center justify-center rounded-md text-muted hover:bg-sunken">
          <Ellipsis className="size-4" aria-hidden />
        </button>
      </Menu>
      <LinkButton to={`/build/${agent.id}`} icon={<Pencil className="size-4" aria-hidden />}>{may("graphs:write") ? "Edit" : "Look at it"}</LinkButton>
      {may("runs:execute") && <Button look="primary" icon={<Play className="size-4" aria-hidden />} disabled={!isRunnable} title={isRunnable ? undefined : "Publish the agent first."} onClick={() => void run()}>Run</Button>}
    </>
  );
  const tabs = [
    { id: "runs", label: "Runs", content: <Panel><AgentRuns agentId={agent.id} onRun={isRunnable && may("runs:execute") ? () => void run() : undefined} /></Panel> },
    { id: "schedules", label: "Schedules", content: <Panel><Schedules agentId={agent.id} isRunnable={isRunnable} /></Panel> },
    { id: "triggers", label: "Triggers", content: <Panel><Triggers agent={agent} /></Panel> },
    { id: "presets", label: "Presets", content: <Panel><Presets agent={agent} isRunnable={isRunnable} /></Panel> },
    { id: "versions", label: "Versions", content: <Panel><AgentVersions agent={agent} onChange={refreshAll} /></Panel> },
    { id: "settings", label: "Settings", content: <Panel><AgentSettings agent={agent} entry={entry} onChange={refreshAll} onEntry={(wish) => void changeEntry(item, wish)} /></Panel> },
  ];
  return (
    <Page title={agent.name} subtitle={<Subtitle agent={agent} item={item} />} actions={actions}>
      {entry?.isUpdateAvailable && (
        <p role="status" className="mb-3 flex flex-wrap items-center gap-2 rounded-lg border border-line bg-accent-soft px-3 py-2 text-sm">
          <span className="min-w-0 flex-1">The marketplace has a newer version of this agent.</span>
          {entry.listing?.creator && <Link className="underline" to={`/marketplace/${entry.listing.creator.handle}/${entry.listing.slug}`}>What is new</Link>}
          <Button isSmall disabled={!may("library:write")} title={may("library:write") ? undefined : "Your role may not change the library."} onClick={() => void takeUpdate(entry).then((taken) => taken && refreshAll())}>Update</Button>
        </p>
      )}
      {!isRunnable && (
        <p role="status" className="mb-3 rounded-lg border border-line bg-warn-soft px-3 py-2 text-sm">
          This agent has no published version, so nothing can run it yet. <Link className="underline" to={`/build/${agent.id}`}>Open it and publish it.</Link>
        </p>
      )}
      <div className="-mx-1 -mb-4 flex min-h-0 flex-1 flex-col">
        <Tabs label="About this agent" value={tab} onChange={(id) => setAddress(id === "runs" ? {} : { tab: id }, { replace: true })} tabs={tabs} />
      </div>
      {dialogs}
      {(isRunning || asked) && isKnown && (
        <RunDialog
          agent={{ id: agent.id, name: agent.name }}
          version={entry?.graphVersion}
          initialPresetId={asked?.presetId}
          initialInputs={asked?.inputs}
          isOpen
          onClose={() => {
            setRunning(false);
            if (asked) void navigate({ search: tab === "runs" ? "" : `tab=${tab}` }, { replace: true });
          }}
        />
      )}
    </Page>
  );
}

const Panel = ({ children }: { children: React.ReactNode }) => <div className="px-1 py-4">{children}</div>;

function Subtitle({ agent, item: { entry } }: { agent: AgentDetail; item: { entry: { graphVersion?: number | null; listing?: { slug: string; creator?: { handle: string; name: string } | null } | null } | null } }) {
  return (
    <div className="flex flex-col gap-1">
      {agent.description && <p className="max-w-3xl break-words"><Words text={agent.description} /></p>}
      <p className="flex flex-wrap items-center gap-1.5 text-xs">
        {agent.activeVersion ? <Badge>Version {entry?.graphVersion ?? agent.activeVersion.number}{agent.activeVersion.name ? `: ${agent.activeVersion.name}` : ""}</Badge> : <Badge tone="warn">Draft only</Badge>}
        {hasChanges(agent) && agent.activeVersion && <Badge tone="info">Unpublished changes</Badge>}
        {agent.activeVersion?.hasHumanInTheLoop && <Badge>Asks a person</Badge>}
        {agent.activeVersion?.hasExternalTrigger && <Badge>Waits for calls from outside</Badge>}
        {entry?.listing?.creator && <Badge tone="info">From {entry.listing.creator.name}</Badge>}
        {agent.forkedFrom?.graph && <span>A copy of <Link className="underline" to={`/library/${agent.forkedFrom.graph.id}`}>{agent.forkedFrom.graph.name}</Link>, version {agent.forkedFrom.number}</span>}
      </p>
    </div>
  );
}
