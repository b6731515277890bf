import { Star } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useConnection } from "@/data/useConnection";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { TextArea } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Failed } from "@/ui/states";
import { More } from "@/ui/Table";
import { notify } from "@/ui/toasts";
import { MarketRateDocument, MarketRatingsDocument } from "./market.generated";

const SCORES = [1, 2, 3, 4, 5];

/** What others think of it, and what this person does. Only who has it in the library may rate it. */
export function Ratings({ listing, canRate, onChange }: { listing: { id: string }; canRate: boolean; onChange: () => void }) {
  const may = useMay()("ratings:write");
  const list = useConnection(MarketRatingsDocument, { listingId: listing.id }, (data) => data.ratings, { size: 20 });
  const own = list.items.find((one) => one.isOwn);
  return (
    <Card title="Ratings">
      <div className="flex flex-col gap-4">
        <Failed errors={list.errors} retry={list.refresh} />
        {may && canRate && !list.isFirst && <RateForm key={own?.id ?? "new"} listingId={listing.id} score={own?.score ?? 0} comment={own?.comment ?? ""} onDone={() => { list.refresh(); onChange(); }} />}
        {may && !canRate && <p className="text-sm text-muted">Once it is in your library you can rate it.</p>}
        {!list.isFirst && list.items.length === 0 && <p className="text-sm text-muted">Nobody has rated it yet.</p>}
        <ul aria-label="Ratings" className="flex flex-col divide-y divide-line">
          {list.items.map((one) => (
            <li key={one.id} className="py-2 text-sm">
              <p className="flex flex-wrap items-center gap-2">
                <Score value={one.score} />
                <span className="text-xs text-muted">{one.isOwn ? "You" : (one.rater?.name ?? "Somebody")}, {ago(one.updatedAt)}, of version {one.number}</span>
              </p>
              {one.comment && <p className="mt-1 break-words whitespace-pre-line">{one.comment}</p>}
            </li>
          ))}
        </ul>
        <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
      </div>
    </Card>
  );
}

function Score({ value }: { value: number }) {
  return (
    <span role="img" aria-label={`${value} of 5`} className="inline-flex text-warn">
      {SCORES.map((score) => <Star key={score} className={cx("size-4", score <= value && "fill-current")} aria-hidden />)}
    </span>
  );
}

function RateForm({ listingId, score: before, comment: said, onDone }: { listingId: string; score: number; comment: string; onDone: () => void }) {
  const [score, setScore] = useState(before);
  const [comment, setComment] = useState(said);
  const [rate, { isBusy, problems }] = useChange(MarketRateDocument, { isQuiet: true });
  useEffect(() => setScore(before), [before]);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    await rate({ input: { listingId, score, comment: comment.trim() } }).then(
      () => {
        notify({ kind: "ok", title: "Your rating is saved." });
        onDone();
      },
      () => undefined,
    );
  };
  return (
    <form className="flex flex-col gap-2 rounded-lg bg-sunken p-3" aria-label="Your rating" onSubmit={(event) => void send(event)}>
      <fieldset className="flex items-center gap-1">
        <legend className="text-sm font-medium">{before ? "Your rating" : "Rate it"}</legend>
        {SCORES.map((one) => (
          <label key={one} className="cursor-pointer rounded p-0.5 text-warn has-focus-visible:outline-2 has-focus-visible:outline-accent">
            <input type="radio" name="score" className="sr-only" value={one} checked={score === one} onChange={() => setScore(one)} />
            <span className="sr-only">{one} of 5</span>
            <Star className={cx("size-5", one <= score && "fill-current")} aria-hidden />
          </label>
        ))}
      </fieldset>
      <TextArea label="Comment" rows={2} maxLength={2000} value={comment} onChange={(event) => setComment(event.target.value)} help="Everyone who reads the listing sees it, with the name of your organisation’s profile." />
      <Failed errors={problems} />
      <div><Button type="submit" isSmall look="primary" isBusy={isBusy} disabled={score === 0}>Save the rating</Button></div>
    </form>
  );
}
