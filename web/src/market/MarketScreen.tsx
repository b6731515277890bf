/** The marketplace: agents that other organisations published, and the own ones. */
import { Search, Store } from "lucide-react";
import { useSearchParams } from "react-router";
import { useQuery } from "urql";
import { useConnection } from "@/data/useConnection";
import type { ListingSort } from "@/data/schema.generated";
import { oneOf } from "@/library/items";
import { useSettled } from "@/library/useSettled";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { inputClass, SelectField } from "@/ui/fields";
import { Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { Tabs } from "@/ui/Tabs";
import { ListingCard } from "./ListingCard";
import { MarketCategoriesDocument, MarketListingsDocument } from "./market.generated";
import { OwnListings } from "./OwnListings";

const SORTS: readonly ListingSort[] = ["RUNS", "RATING", "NEWEST"];
const SORT_WORDS: Record<ListingSort, string> = { RUNS: "Most run", RATING: "Best rated", NEWEST: "Newest" };

export function Component() {
  const [address, setAddress] = useSearchParams();
  const mayPublish = useMay()("listings:write");
  const isOwn = mayPublish && address.get("own") === "1";
  return (
    <Page title="Marketplace" subtitle="Agents that others made. What each needs is shown before it is added.">
      {mayPublish ? (
        <div className="-mx-1 -mb-4 flex min-h-0 flex-1 flex-col">
          <Tabs
            label="Parts of the marketplace"
            value={isOwn ? "own" : "all"}
            onChange={(id) => setAddress(id === "own" ? { own: "1" } : {})}
            tabs={[
              { id: "all", label: "Discover", content: <div className="px-1 py-4"><Discover /></div> },
              { id: "own", label: "Your listings", content: <div className="px-1 py-4"><OwnListings /></div> },
            ]}
          />
        </div>
      ) : (
        <Discover />
      )}
    </Page>
  );
}

function Discover() {
  const [address, setAddress] = useSearchParams();
  const search = address.get("q") ?? "";
  const category = address.get("category");
  const sort = oneOf(address.get("sort"), SORTS, "RUNS");
  const asked = useSettled(search.trim());
  const isNarrowed = asked !== "" || category !== null;
  const featured = useConnection(MarketListingsDocument, { sort: "RUNS", isFeatured: true }, (data) => data.listings, { size: 6 });
  const list = useConnection(MarketListingsDocument, { sort, search: asked || null, category }, (data) => data.listings, { size: 24 });
  const categories = useCategories(category);
  const set = (name: string, value: string | null) =>
    setAddress((now) => {
      if (value) now.set(name, value);
      else now.delete(name);
      return now;
    }, { replace: true });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-2" role="search">
        <label className="relative min-w-48 flex-1">
          <span className="sr-only">Search the marketplace</span>
          <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />
          <input type="search" className={cx(inputClass, "h-8 pl-8")} placeholder="What should it do?" value={search} onChange={(event) => set("q", event.target.value)} />
        </label>
        <div className="w-40"><SelectField label="Sort by" isLabelHidden options={SORTS.map((one) => ({ value: one, label: SORT_WORDS[one] }))} value={sort} onChange={(value) => set("sort", value === "RUNS" ? null : value)} /></div>
      </div>
      {categories.length > 0 && (
        <div role="group" aria-label="Categories" className="flex max-h-24 flex-wrap gap-1.5 overflow-y-auto">
          <Choice isChosen={category === null} onChoose={() => set("category", null)}>All</Choice>
          {categories.map(({ name, count }) => (
            <Choice key={name} isChosen={category === name} onChoose={() => set("category", category === name ? null : name)}>
              {name}{count !== null && <span className="ml-1.5 tabular-nums">{count}</span>}
            </Choice>
          ))}
        </div>
      )}
      {!isNarrowed && featured.items.length > 0 && (
        <section aria-label="Featured">
          <h2 className="mb-2 text-sm font-semibold">Featured</h2>
          <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">{featured.items.map((one) => <ListingCard key={one.id} listing={one} />)}</ul>
        </section>
      )}
      <section aria-label="Listings">
        {!isNarrowed && featured.items.length > 0 && <h2 className="mb-2 text-sm font-semibold">All</h2>}
        <Failed errors={list.errors} retry={list.refresh} />
        {list.isFirst && list.errors.length === 0 && <Loading text="Reading the marketplace" />}
        {!list.isFirst && list.items.length === 0 && (
          <Empty
            icon={<Store className="size-6" />}
            title={isNarrowed ? "No listing fits" : "Nothing is published yet"}
            text={isNarrowed ? "Search with other words, or look at all categories." : "Be the first: publish an agent of yours, and others can add it to their library."}
          >
            {isNarrowed && <Button onClick={() => setAddress({}, { replace: true })}>Show all</Button>}
          </Empty>
        )}
        <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">{list.items.map((one) => <ListingCard key={one.id} listing={one} />)}</ul>
        <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      </section>
    </div>
  );
}

/** Those of everything that is published; one that was named in the address stands among them, too. */
function useCategories(chosen: string | null): { name: string; count: number | null }[] {
  const [{ data }] = useQuery({ query: MarketCategoriesDocument, requestPolicy: "cache-and-network" });
  const known = data?.listingCategories ?? [];
  return chosen && !known.some((one) => one.name === chosen) ? [{ name: chosen, count: null }, ...known] : known;
}

function Choice({ isChosen, onChoose, children }: { isChosen: boolean; onChoose: () => void; children: React.ReactNode }) {
  return (
    <button type="button" aria-pressed={isChosen} onClick={onChoose} className={cx("rounded-full border px-3 py-1 text-xs font-medium", isChosen ? "border-accent bg-accent-soft text-accent" : "border-line-strong bg-surface text-muted hover:text-text")}>
      {children}
    </button>
  );
}
