/** Who published listings: their profile and what they published. */
import { useState } from "react";
import { useParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { useConnection } from "@/data/useConnection";
import { LinkButton } from "@/ui/Button";
import { Card, Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { safeLink } from "@/values/kinds";
import { ListingCard } from "./ListingCard";
import { MarketCreatorDocument, MarketListingsDocument, type MarketProfilePartsFragment } from "./market.generated";
import { MarketText } from "./MarketText";
import { isPicture } from "./media";

export function Component() {
  const { creator = "" } = useParams();
  const [{ data, error }, again] = useQuery({ query: MarketCreatorDocument, variables: { handle: creator } });
  const list = useConnection(MarketListingsDocument, { sort: "RUNS", creator }, (found) => found.listings, { size: 24 });
  if (error && !data) return <Page title="Creator"><Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} /></Page>;
  if (!data) return <Loading text="Reading the profile" />;
  const { profile } = data;
  if (!profile) {
    return (
      <Page title="Creator">
        <Empty title="Nobody has this name" text="The address may be mistyped.">
          <LinkButton to="/marketplace">To the marketplace</LinkButton>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={profile.name} heading={<span className="flex items-center gap-3"><Avatar profile={profile} /> {profile.name}</span>} subtitle={`@${profile.handle}`}>
      <div className="flex flex-col gap-4">
        {(profile.description || profile.links.length > 0) && (
          <Card>
            <MarketText text={profile.description} />
            <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
              {profile.links.map((link) => {
                const url = safeLink(link);
                return url && <li key={link}><a href={url} target="_blank" rel="noopener noreferrer nofollow" className="break-all text-accent underline">{link.replace(/^https?:\/\//, "")}</a></li>;
              })}
            </ul>
          </Card>
        )}
        <section aria-label="Listings">
          <h2 className="mb-2 text-sm font-semibold">Published</h2>
          <Failed errors={list.errors} retry={list.refresh} />
          {!list.isFirst && list.items.length === 0 && <p className="text-sm text-muted">Nothing that can be seen now.</p>}
          <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">{list.items.map((one) => <ListingCard key={one.id} listing={one} />)}</ul>
          <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
        </section>
      </div>
    </Page>
  );
}

function Avatar({ profile }: { profile: MarketProfilePartsFragment }) {
  const [isBroken, setBroken] = useState(false);
  if (!profile.avatarUrl || !isPicture(profile.avatarUrl) || isBroken) {
    return <span aria-hidden className="flex size-10 items-center justify-center rounded-full bg-accent-soft text-base text-accent">{profile.name.slice(0, 1).toUpperCase()}</span>;
  }
  return <img src={profile.avatarUrl} alt="" loading="lazy" referrerPolicy="no-referrer" className="size-10 rounded-full border border-line object-cover" onError={() => setBroken(true)} />;
}
