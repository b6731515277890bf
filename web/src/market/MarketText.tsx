import { lazy, Suspense } from "react";

const MarkdownView = lazy(() => import("@/values/MarkdownView"));

/** A text of a listing or a profile: Markdown of somebody unknown, without HTML and without pictures from elsewhere. */
export function MarketText({ text }: { text: string }) {
  return (
    <Suspense fallback={<p className="text-sm whitespace-pre-wrap">{text}</p>}>
      <MarkdownView text={text} />
    </Suspense>
  );
}
