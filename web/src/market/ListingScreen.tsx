/** One listing: what the agent does, what it needs, what others think of it, and how to get it. */
import { Check, Download, Plus } from "lucide-react";
import { Link, useNavigate, useParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import type { GraphDocument } from "@/graph/document";
import { useEntry } from "@/library/useLibrary";
import { useMay } from "@/shell/viewer";
import { Button, LinkButton } from "@/ui/Button";
import { Card, Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { Badge } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import { ListingNeeds } from "./ListingNeeds";
import { Stars } from "./ListingCard";
import { MarketAddDocument, MarketListingDocument, type MarketListingQuery } from "./market.generated";
import { MarketText } from "./MarketText";
import { Media } from "./Media";
import { Ratings } from "./Ratings";

type Listing = NonNullable<MarketListingQuery["listing"]>;

export function Component() {
  const { creator = "", slug = "" } = useParams();
  const [{ data, error }, again] = useQuery({ query: MarketListingDocument, variables: { creator, slug } });
  const read = () => again({ requestPolicy: "network-only" });
  if (error && !data) return <Page title="Listing"><Failed errors={told(error)} retry={read} /></Page>;
  if (!data) return <Loading text="Reading the listing" />;
  if (!data.listing) {
    return (
      <Page title="Listing">
        <Empty title="There is no such listing" text="It was taken down, or the address is mistyped.">
          <LinkButton to="/marketplace">To the marketplace</LinkButton>
        </Empty>
      </Page>
    );
  }
  return <Shown listing={data.listing} read={read} />;
}

function Shown({ listing, read }: { listing: Listing; read: () => void }) {
  const { active, creator } = listing;
  // A copy keeps the agent's id; one of that id that came from elsewhere is not this listing's.
  const kept = useEntry(listing.graphId).entry;
  const entry = kept?.listing?.id === listing.id ? kept : null;
  const name = active?.name ?? listing.slug;
  return (
    <Page
      title={name}
      heading={<span className="flex flex-wrap items-center gap-2">{name} {listing.isFeatured && <Badge tone="accent">Featured</Badge>}</span>}
      subtitle={
        <div className="flex flex-col gap-1">
          {active?.subheading && <p className="break-words">{active.subheading}</p>}
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
            {creator && <span>By <Link className="underline" to={`/marketplace/${creator.handle}`}>{creator.name}</Link></span>}
            <Stars listing={listing} />
            <span className="inline-flex items-center gap-1"><Download className="size-3.5" aria-hidden /> {listing.runCount.toLocaleString()} {listing.runCount === 1 ? "run" : "runs"} by others</span>
            {active?.categories.map((one) => <Link key={one} className="rounded-full bg-sunken px-2 py-0.5 text-text hover:underline" to={`/marketplace?category=${encodeURIComponent(one)}`}>{one}</Link>)}
          </p>
        </div>
      }
      actions={<Add listing={listing} graphId={entry?.graphId ?? null} />}
    >
      {!active ? (
        <Empty title="No version of it can be seen now" text="It was taken down, or none was approved yet. Copies in libraries stay." />
      ) : (
        <div className="grid gap-4 lg:grid-cols-[1fr_20rem]">
          <div className="flex min-w-0 flex-col gap-4">
            <Media urls={active.media} name={active.name} />
            <Card title="What it does">{active.description ? <MarketText text={active.description} /> : <p className="text-sm text-muted">Its author has not described it.</p>}</Card>
            {active.instructions && <Card title="How to use it"><MarketText text={active.instructions} /></Card>}
            <Ratings listing={listing} canRate={entry !== undefined && !listing.isOwn} onChange={read} />
          </div>
          <div className="flex flex-col gap-4">
            {active.document != null && <ListingNeeds document={active.document as GraphDocument} />}
            <Card title="Versions">
              <ol className="flex flex-col gap-3">
                {listing.versions.filter((one) => one.status === "APPROVED").map((one) => (
                  <li key={one.id} className="text-sm">
                    <p className="font-medium">Version {one.number}</p>
                    <p className="text-xs text-muted">{moment(one.reviewedAt ?? one.createdAt)}</p>
                    {one.changes && <div className="mt-1"><MarketText text={one.changes} /></div>}
                  </li>
                ))}
              </ol>
            </Card>
          </div>
        </div>
      )}
    </Page>
  );
}

function Add({ listing, graphId }: { listing: Listing; graphId: string | null }) {
  const may = useMay();
  const navigate = useNavigate();
  const [add, { isBusy }] = useChange(MarketAddDocument);
  if (listing.isOwn) return <LinkButton to="/marketplace?own=1">Your listing</LinkButton>;
  if (graphId) return <LinkButton look="primary" icon={<Check className="size-4" aria-hidden />} to={`/library/${graphId}`}>Open it in your library</LinkButton>;
  if (!may("library:write")) return <p className="text-sm text-muted">Your role does not add agents. An operator or above does.</p>;
  const go = async () => {
    const answer = await add({ input: { listingId: listing.id } }).catch(() => null);
    if (!answer?.entry) return;
    notify({ kind: "ok", title: `“${answer.entry.name}” is in your library.` });
    void navigate(`/library/${answer.entry.graphId}`);
  };
  return (
    <Button look="primary" icon={<Plus className="size-4" aria-hidden />} isBusy={isBusy} disabled={!listing.active} title={listing.active ? undefined : "Nothing of it is approved yet."} onClick={() => void go()}>
      Add to your library
    </Button>
  );
}
