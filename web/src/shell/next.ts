/** Where to go after signing in: a screen of this app only, whatever the address says. */
export function safeNext(next: string | null, origin = location.origin): string {
  if (!next?.startsWith("/")) return "/library";
  let url: URL;
  try {
    // As the browser will read it, which leaves out tabs and line ends and takes \\ for /: a pattern would miss what it makes of them.
    url = new URL(next, origin);
  } catch {
    return "/library";
  }
  const path = url.pathname + url.search + url.hash;
  return url.origin !== origin || path.startsWith("//") || path.startsWith("/sign-in") ? "/library" : path;
}
