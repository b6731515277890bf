/** Markdown of an untrusted text: no HTML, no pictures from elsewhere, links that tell nobody where the reader comes from. */
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { safeLink } from "./kinds";

const COMPONENTS: Components = {
  a: ({ href, children }) => {
    const url = safeLink(href);
    return url ? <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline">{children}</a> : <span>{children}</span>;
  },
  // A picture would be fetched from whoever wrote the text names, and tell them who reads it: it becomes a link.
  img: ({ src, alt }) => {
    const url = safeLink(typeof src === "string" ? src : null);
    return url ? <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline">{alt || url}</a> : <span>{alt}</span>;
  },
  h1: ({ children }) => <p className="mt-3 mb-1 text-lg font-semibold">{children}</p>,
  h2: ({ children }) => <p className="mt-3 mb-1 text-base font-semibold">{children}</p>,
  h3: ({ children }) => <p className="mt-2 mb-1 font-semibold">{children}</p>,
  h4: ({ children }) => <p className="mt-2 font-semibold">{children}</p>,
  h5: ({ children }) => <p className="mt-2 font-semibold">{children}</p>,
  h6: ({ children }) => <p className="mt-2 font-semibold">{children}</p>,
  p: ({ children }) => <p className="my-1.5">{children}</p>,
  ul: ({ children }) => <ul className="my-1.5 list-disc pl-5">{children}</ul>,
  ol: ({ children }) => <ol className="my-1.5 list-decimal pl-5">{children}</ol>,
  // A checked list has boxes of its own, which no reader could name: a sign stands for each.
  input: ({ checked }) => <span aria-label={checked ? "done" : "not done"} role="img">{checked ? "☑" : "☐"} </span>,
  blockquote: ({ children }) => <blockquote className="my-1.5 border-l-2 border-line-strong pl-3 text-muted">{children}</blockquote>,
  code: ({ children }) => <code className="rounded bg-sunken px-1 font-mono text-[0.9em]">{children}</code>,
  pre: ({ children }) => <pre className="my-1.5 overflow-x-auto rounded-md border border-line bg-sunken p-2 font-mono text-xs" tabIndex={0}>{children}</pre>,
  table: ({ children }) => <div className="my-1.5 overflow-x-auto" tabIndex={0}><table className="border-collapse text-sm">{children}</table></div>,
  th: ({ children }) => <th className="border border-line bg-sunken px-2 py-1 text-left font-medium">{children}</th>,
  td: ({ children }) => <td className="border border-line px-2 py-1">{children}</td>,
  hr: () => <hr className="my-2 border-line" />,
};

export default function MarkdownView({ text }: { text: string }) {
  return (
    <div className="text-sm break-words">
      <Markdown remarkPlugins={[remarkGfm]} components={COMPONENTS} urlTransform={(url) => safeLink(url) ?? ""}>
        {text}
      </Markdown>
    </div>
  );
}
