/** One submitted version, as whoever decides needs it: its words, its pictures, the agent itself, what it needs; and the decision. */
import { Check, X } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { useCatalogue } from "@/blocks/blocks";
import { AgentCanvas } from "@/canvas/AgentCanvas";
import { told } from "@/data/errors";
import { moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import type { GraphDocument } from "@/graph/document";
import { whole } from "@/graph/whole";
import { ListingNeeds } from "@/market/ListingNeeds";
import { MarketText } from "@/market/MarketText";
import { Media } from "@/market/Media";
import { Button } from "@/ui/Button";
import { SelectField, TextArea } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Badge } from "@/ui/Status";
import { Empty, Failed, Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { AdminVersionDocument, type AdminVersionQuery, ReviewListingDocument } from "./admin.generated";

type Version = Extract<NonNullable<AdminVersionQuery["node"]>, { __typename: "ListingVersion" }>;

export function ReviewCard({ versionId, onDecided }: { versionId: string; onDecided: () => void }) {
  const [{ data, error }, again] = useQuery({ query: AdminVersionDocument, variables: { id: versionId }, requestPolicy: "network-only" });
  const read = () => again({ requestPolicy: "network-only" });
  if (error && !data) return <Failed errors={told(error)} retry={read} />;
  if (!data) return <Loading />;
  if (data.node?.__typename !== "ListingVersion") return <Empty title="There is nothing to review here" text="The author may have taken it back, or somebody has decided already." />;
  return <Review version={data.node} read={read} onDecided={onDecided} />;
}

function Review({ version, read, onDecided }: { version: Version; read: () => void; onDecided: () => void }) {
  const creator = version.listing?.creator;
  return (
    <article aria-label={version.name} className="flex min-w-0 flex-col gap-4">
      <header>
        <h2 className="text-lg font-semibold break-words">{version.name}</h2>
        <p className="text-sm break-words">{version.subheading}</p>
        <p className="mt-1 text-sm text-muted">
          Version {version.number} by {creator ? <Link className="text-accent underline" to={`/marketplace/${encodeURIComponent(creator.handle)}`}>{creator.name}</Link> : "somebody who has left"}
          {version.submittedAt && <>, submitted {moment(version.submittedAt)}</>}. {version.listing?.active ? `Version ${version.listing.active.number} is public now.` : "Nothing of it is public yet."}
        </p>
        <p className="mt-1 flex flex-wrap gap-1">{version.categories.map((one) => <Badge key={one}>{one}</Badge>)}</p>
      </header>
      <Card title="What readers will see">
        <MarketText text={version.description} />
        {version.instructions && <><h3 className="mt-3 mb-1 text-sm font-semibold">How to use it</h3><MarketText text={version.instructions} /></>}
        {version.changes && <><h3 className="mt-3 mb-1 text-sm font-semibold">What is new</h3><MarketText text={version.changes} /></>}
        {version.media.length > 0 && <div className="mt-3"><Media urls={version.media} name={version.name} /></div>}
      </Card>
      {version.document != null && <Agent document={version.document as GraphDocument} />}
      {version.internalComments && <Card title="What reviewers said before"><p className="text-sm break-words whitespace-pre-wrap">{version.internalComments}</p></Card>}
      {version.status === "PENDING" ? <Decide version={version} read={read} onDecided={onDecided} /> : <p role="status" className="rounded-md bg-sunken px-3 py-2 text-sm">It is {version.status.toLowerCase()} now: there is nothing to decide.{version.reviewComments && ` The author was told: ${version.reviewComments}`}</p>}
    </article>
  );
}

/** The agent, and each one that it runs: what is approved is all of them. */
function Agent({ document }: { document: GraphDocument }) {
  const { blocks } = useCatalogue();
  const graphs = useMemo(() => [document, ...(document.sub_graphs ?? [])], [document]);
  const [shown, setShown] = useState(document.id);
  const [nodeId, setNodeId] = useState<string | null>(null);
  const graph = whole(graphs.find((one) => one.id === shown) ?? document);
  const node = graph.nodes.find((one) => one.id === nodeId);
  return (
    <>
      <Card title="The agent">
        {graphs.length > 1 && <div className="mb-3 max-w-sm"><SelectField label="Show" value={shown} onChange={(id) => { setShown(id); setNodeId(null); }} options={graphs.map((one, index) => ({ value: one.id, label: index === 0 ? `${one.name} (the agent)` : `${one.name} (it runs this)` }))} /></div>}
        <div className="h-96 overflow-hidden rounded-lg border border-line">
          <AgentCanvas key={graph.id} document={graph} blocks={blocks} selectedId={nodeId} onSelect={setNodeId} label={`The agent ${graph.name}`} />
        </div>
        {node ? (
          <div className="mt-3">
            <h3 className="text-sm font-semibold">What is set in {node.metadata?.customized_name || blocks.get(node.block_id)?.name || "this node"}</h3>
            <pre tabIndex={0} className="mt-1 max-h-60 overflow-auto rounded-md bg-sunken p-3 text-xs break-words whitespace-pre-wrap">{JSON.stringify(node.input_default, null, 2)}</pre>
          </div>
        ) : (
          <p className="mt-2 text-xs text-muted">Choose a node to see what is set in it.</p>
        )}
      </Card>
      <ListingNeeds document={document} />
    </>
  );
}

function Decide({ version, read, onDecided }: { version: Version; read: () => void; onDecided: () => void }) {
  const [comments, setComments] = useState("");
  const [internal, setInternal] = useState("");
  const [isTried, setTried] = useState(false);
  const [review, { isBusy, problems }] = useChange(ReviewListingDocument, { isQuiet: true });
  const go = async (decision: "APPROVE" | "REJECT") => {
    setTried(decision === "REJECT");
    if (decision === "REJECT" && comments.trim() === "") return;
    try {
      await review({ input: { versionId: version.id, decision, submittedAt: version.submittedAt ?? "", comments: comments.trim(), internalComments: internal.trim() } });
      notify({ kind: "ok", title: decision === "APPROVE" ? "Approved. Everyone sees it in the marketplace now." : "Rejected. The author reads why." });
      onDecided();
    } catch {
      read();
    }
  };
  if (version.listing?.isOwn) return <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm">It is your own organisation's. Somebody of another must decide.</p>;
  return (
    <Card title="Your decision">
      <div className="flex flex-col gap-3">
        <TextArea label="To the author" rows={3} value={comments} error={isTried && comments.trim() === "" ? "Tell the author why it is rejected." : null} onChange={(event) => setComments(event.target.value)} help="The author reads it. Needed where you reject." />
        <TextArea label="To other reviewers" rows={2} value={internal} onChange={(event) => setInternal(event.target.value)} help="Only reviewers read it." />
        {problems.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message} {one.remedy}</p>)}
        <div className="flex flex-wrap gap-2">
          <Button look="primary" isBusy={isBusy} icon={<Check className="size-4" aria-hidden />} onClick={() => void go("APPROVE")}>Approve</Button>
          <Button look="danger" disabled={isBusy} icon={<X className="size-4" aria-hidden />} onClick={() => void go("REJECT")}>Reject</Button>
        </div>
      </div>
    </Card>
  );
}
