/** The organisation's own listings, with every version of each: drafts, what waits for a reviewer, and what they said. */
import { Store } from "lucide-react";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { useConnection } from "@/data/useConnection";
import { Button, LinkButton } from "@/ui/Button";
import { Card } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { ListingDialog, type ListingTask } from "./ListingDialog";
import { MarketOwnListingsDocument, MarketOwnProfileDocument } from "./market.generated";
import { OwnListing } from "./OwnListing";
import { ProfileDialog } from "./ProfileDialog";

export function OwnListings() {
  const [address, setAddress] = useSearchParams();
  const [{ data, error }, again] = useQuery({ query: MarketOwnProfileDocument });
  const [task, setTask] = useState<ListingTask | null>(null);
  const [isEditing, setEditing] = useState(false);
  const list = useConnection(MarketOwnListingsDocument, {}, (found) => found.ownListings, { size: 10 });
  const profile = data?.ownProfile ?? null;
  // "Publish" in an agent's menu comes here with its id.
  const asked = address.get("agent");
  const listed = list.items.find((one) => one.graphId === asked);
  const stop = () => setAddress({ own: "1" }, { replace: true });
  if (error && !data) return <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />;
  if (list.errors.length > 0 && list.isFirst) return <Failed errors={list.errors} retry={list.refresh} />;
  if (!data || list.isFirst) return <Loading text="Reading your listings" />;

  const current: ListingTask | null = task ?? (asked && !listed ? { kind: "publish", graphId: asked } : null);
  return (
    <div className="flex flex-col gap-4">
      <Card title="Profile" actions={<Button isSmall onClick={() => setEditing(true)}>{profile ? "Change" : "Make a profile"}</Button>}>
        {profile ? (
          <p className="text-sm">
            <Link className="underline" to={`/marketplace/${profile.handle}`}>{profile.name}</Link> <span className="text-muted">@{profile.handle}</span>
          </p>
        ) : (
          <p className="text-sm text-muted">Your organisation has no profile yet. A listing needs one.</p>
        )}
      </Card>
      {asked && listed && <p role="status" className="rounded-lg bg-info-soft px-3 py-2 text-sm text-info">This agent is listed already. Make a new version of its listing below.</p>}
      {list.items.length === 0 ? (
        <Empty icon={<Store className="size-6" />} title="You have published nothing yet" text="Open an agent in your library, and choose “Publish to the marketplace” in its menu. A reviewer looks at it before others see it.">
          <LinkButton to="/library" look="primary">To the library</LinkButton>
        </Empty>
      ) : (
        <ul aria-label="Your listings" className="flex flex-col gap-3">
          {list.items.map((one) => <OwnListing key={one.id} listing={one} onTask={setTask} onChange={list.refresh} />)}
        </ul>
      )}
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      {isEditing || (current && !profile) ? (
        <ProfileDialog
          profile={profile}
          onClose={() => {
            setEditing(false);
            if (!profile) stop();
          }}
          onDone={() => {
            setEditing(false);
            again({ requestPolicy: "network-only" });
          }}
        />
      ) : (
        current && profile && (
          <ListingDialog
            task={current}
            handle={profile.handle}
            onClose={() => {
              setTask(null);
              stop();
            }}
            onDone={list.refresh}
          />
        )
      )}
    </div>
  );
}
