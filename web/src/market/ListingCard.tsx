import { Download, Star } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { Badge } from "@/ui/Status";
import type { MarketCardFragment } from "./market.generated";
import { isPicture } from "./media";

/** One listing in a list: who made it, what it does, and what others think of it. */
export function ListingCard({ listing }: { listing: MarketCardFragment }) {
  const [isBroken, setBroken] = useState(false);
  const { active, creator } = listing;
  const picture = active?.media.find(isPicture);
  const to = `/marketplace/${creator?.handle ?? "-"}/${listing.slug}`;
  return (
    <li className="flex min-w-0 flex-col overflow-hidden rounded-xl border border-line bg-surface">
      {picture && !isBroken && <img src={picture} alt="" loading="lazy" referrerPolicy="no-referrer" className="aspect-video w-full border-b border-line object-cover" onError={() => setBroken(true)} />}
      <div className="flex flex-1 flex-col gap-1.5 p-3">
        <div className="flex items-start gap-2">
          <h3 className="min-w-0 flex-1 text-sm font-semibold break-words">
            <Link to={to} className="hover:underline">{active?.name ?? listing.slug}</Link>
          </h3>
          {listing.isFeatured && <Badge tone="accent">Featured</Badge>}
        </div>
        {creator && <p className="text-xs text-muted">By <Link to={`/marketplace/${creator.handle}`} className="underline-offset-2 hover:underline">{creator.name}</Link></p>}
        <p className="line-clamp-3 flex-1 text-xs break-words text-muted">{active?.subheading}</p>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
          <Stars listing={listing} />
          <span className="inline-flex items-center gap-1"><Download className="size-3.5" aria-hidden /> {listing.runCount.toLocaleString()} {listing.runCount === 1 ? "run" : "runs"}</span>
        </div>
      </div>
    </li>
  );
}

export function Stars({ listing }: { listing: Pick<MarketCardFragment, "ratingAverage" | "ratingCount"> }) {
  return (
    <span className="inline-flex items-center gap-1">
      <Star className="size-3.5" aria-hidden />
      {listing.ratingAverage == null ? "Not rated yet" : `${listing.ratingAverage.toFixed(1)} of 5, ${listing.ratingCount} ${listing.ratingCount === 1 ? "rating" : "ratings"}`}
    </span>
  );
}
