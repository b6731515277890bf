/** What is public in the marketplace: feature it, or take it down with a word to the author. */
import { Star } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useConnection } from "@/data/useConnection";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextArea, TextField } from "@/ui/fields";
import { Empty, Failed, Loading } from "@/ui/states";
import { type Column, More, Table } from "@/ui/Table";
import { notify } from "@/ui/toasts";
import { AdminListingsDocument, type AdminListingsQuery, FeatureListingDocument, TakeDownListingDocument } from "./admin.generated";

type Listing = AdminListingsQuery["listings"]["nodes"][number];

export function ListingsSection() {
  const [search, setSearch] = useSearchParams();
  const typed = search.get("q") ?? "";
  const list = useConnection(AdminListingsDocument, { search: typed || null, isFeatured: null }, (data) => data.listings, { size: 30 });
  const [feature] = useChange(FeatureListingDocument);
  const [down, setDown] = useState<Listing | null>(null);
  const toggle = async (one: Listing) => {
    await feature({ input: { listingId: one.id, isFeatured: !one.isFeatured } }).catch(() => undefined);
    list.refresh();
  };
  const columns: Column<Listing>[] = [
    { id: "name", header: "Listing", className: "min-w-48", cell: (one) => <>{one.creator ? <Link className="font-medium wrap-anywhere text-accent underline" to={`/marketplace/${encodeURIComponent(one.creator.handle)}/${encodeURIComponent(one.slug)}`}>{one.active?.name ?? one.slug}</Link> : (one.active?.name ?? one.slug)}<span className="block text-xs text-muted">{one.creator?.name}</span></> },
    { id: "since", header: "Public", className: "whitespace-nowrap", cell: (one) => (one.publishedAt ? ago(one.publishedAt) : "") },
    { id: "runs", header: "Runs", className: "text-right tabular-nums", cell: (one) => one.runCount.toLocaleString() },
    { id: "rating", header: "Rating", className: "whitespace-nowrap", cell: (one) => (one.ratingAverage == null ? <span className="text-muted">None</span> : `${one.ratingAverage.toFixed(1)} of 5 (${one.ratingCount})`) },
    {
      id: "acts",
      header: "What to do with it",
      isHeaderHidden: true,
      className: "text-right",
      cell: (one) => (
        <span className="inline-flex gap-2">
          <Button isSmall aria-pressed={one.isFeatured} icon={<Star className={one.isFeatured ? "size-3.5 fill-current" : "size-3.5"} aria-hidden />} onClick={() => void toggle(one)}>{one.isFeatured ? "Featured" : "Feature"}</Button>
          <Button isSmall look="danger" aria-label={`Take down ${one.active?.name ?? one.slug}`} onClick={() => setDown(one)}>Take down</Button>
        </span>
      ),
    },
  ];
  return (
    <div className="flex flex-col gap-3">
      <div className="w-72 max-w-full"><TextField label="Search" isLabelHidden type="search" placeholder="Search the marketplace" value={typed} onChange={(event) => setSearch(event.target.value ? { q: event.target.value } : {}, { replace: true })} /></div>
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && <Empty title={typed ? "No listing has these words" : "Nothing is public yet"} text={typed ? "Search with other words." : "What reviewers approve stands here and in the marketplace."} />}
      {list.items.length > 0 && <Table label="Public listings" columns={columns} rows={list.items} keyOf={(one) => one.id} />}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      {down && <TakeDown listing={down} onClose={() => setDown(null)} onDone={() => { setDown(null); list.refresh(); }} />}
    </div>
  );
}

function TakeDown({ listing, onClose, onDone }: { listing: Listing; onClose: () => void; onDone: () => void }) {
  const [comments, setComments] = useState("");
  const [takeDown, { isBusy, problems }] = useChange(TakeDownListingDocument, { isQuiet: true });
  const go = async () => {
    const done = await takeDown({ input: { listingId: listing.id, comments: comments.trim() } }).catch(() => null);
    if (!done) return;
    notify({ kind: "ok", title: "It is taken down. The author reads why." });
    onDone();
  };
  return (
    <Dialog isOpen onClose={onClose} size="small" title={`Take ${listing.active?.name ?? listing.slug} down?`} description="It leaves the marketplace until another version of it is approved. Copies in libraries stay and go on running." footer={<><Button onClick={onClose}>Cancel</Button><Button look="danger" isBusy={isBusy} disabled={comments.trim() === ""} onClick={() => void go()}>Take it down</Button></>}>
      <TextArea label="Why" isRequired rows={3} value={comments} error={problems[0]?.message} onChange={(event) => setComments(event.target.value)} help="The author reads it." />
    </Dialog>
  );
}
