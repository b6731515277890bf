/** What waits for the marketplace, the longest first, and one of it beside the list. */
import { ClipboardCheck } from "lucide-react";
import { NavLink, useNavigate, useParams } from "react-router";
import { ago } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import { useEvery } from "@/data/useEvery";
import { cx } from "@/ui/classes";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { AdminPendingDocument } from "./admin.generated";
import { ReviewCard } from "./ReviewCard";

export function ReviewsSection() {
  const navigate = useNavigate();
  const { versionId } = useParams();
  const list = useConnection(AdminPendingDocument, {}, (data) => data.pendingListings, { size: 30 });
  useEvery(30_000, list.refresh);
  const shownId = versionId ?? list.items[0]?.id ?? null;
  const decided = () => {
    list.refresh();
    void navigate("/admin/reviews");
  };
  return (
    <>
      <Failed errors={list.errors} retry={list.refresh} />
      {list.isFirst && list.errors.length === 0 && <Loading />}
      {!list.isFirst && list.items.length === 0 && !versionId && <Empty icon={<ClipboardCheck className="size-8" />} title="Nothing waits for a review" text="What authors submit to the marketplace stands here until somebody approves or rejects it." />}
      {(list.items.length > 0 || versionId) && (
        <div className="grid items-start gap-4 lg:grid-cols-[18rem_1fr]">
          <div>
            <ul aria-label="Submitted versions" className="flex flex-col gap-1.5">
              {list.items.map((one) => (
                <li key={one.id}>
                  <NavLink to={`/admin/reviews/${encodeURIComponent(one.id)}`} className={cx("block rounded-lg border p-3", one.id === shownId ? "border-accent bg-accent-soft" : "border-line bg-surface hover:bg-sunken")}>
                    <span className="block text-sm font-medium break-words">{one.name}</span>
                    <span className="block text-xs text-muted">Version {one.number} by {one.listing?.creator?.name ?? "somebody who has left"}{one.submittedAt && `, ${ago(one.submittedAt)}`}</span>
                  </NavLink>
                </li>
              ))}
            </ul>
            <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
          </div>
          {shownId && <ReviewCard key={shownId} versionId={shownId} onDecided={decided} />}
        </div>
      )}
    </>
  );
}
