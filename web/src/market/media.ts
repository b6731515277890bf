/** Addresses of pictures and films that a listing shows; none but https ones are ever fetched. */
const isHttps = (url: string): boolean => {
  try {
    return new URL(url).protocol === "https:";
  } catch {
    return false;
  }
};

const endsIn = (url: string, endings: RegExp): boolean => isHttps(url) && endings.test(new URL(url).pathname);

export const isFilm = (url: string): boolean => endsIn(url, /\.(mp4|webm|ogv|mov)$/i);
/** What neither looks like a film nor like a page is tried as a picture. */
export const isPicture = (url: string): boolean => isHttps(url) && !isFilm(url) && !endsIn(url, /\.(html?|php|pdf|svg)$/i) && !/(^|\.)(youtube\.com|youtu\.be|vimeo\.com)$/i.test(new URL(url).hostname);
export const isShown = (url: string): boolean => isHttps(url);
