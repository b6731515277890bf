import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { isFilm, isPicture, isShown } from "./media";

/** A listing's pictures and films. A film is fetched when it is played; a picture that cannot be shown is a link. */
export function Media({ urls, name }: { urls: readonly string[]; name: string }) {
  const shown = urls.filter(isShown);
  if (shown.length === 0) return null;
  return (
    <ul aria-label="Pictures and films" className="flex snap-x gap-3 overflow-x-auto pb-1">
      {shown.map((url, index) => (
        <li key={url} className="shrink-0 snap-start">
          <One url={url} label={`${name}, ${index + 1} of ${shown.length}`} />
        </li>
      ))}
    </ul>
  );
}

function One({ url, label }: { url: string; label: string }) {
  const [isBroken, setBroken] = useState(false);
  if (isFilm(url)) return <video src={url} controls preload="none" aria-label={label} className="h-56 max-w-full rounded-lg border border-line bg-sunken" />;
  if (isPicture(url) && !isBroken) return <img src={url} alt={label} loading="lazy" referrerPolicy="no-referrer" className="h-56 max-w-full rounded-lg border border-line object-contain" onError={() => setBroken(true)} />;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="flex h-56 w-72 flex-col items-center justify-center gap-2 rounded-lg border border-line bg-sunken p-4 text-center text-sm break-all text-accent underline">
      <ExternalLink className="size-5" aria-hidden /> {new URL(url).hostname}
    </a>
  );
}
