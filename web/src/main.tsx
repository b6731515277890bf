import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { Provider } from "urql";
import { makeClient, onSignedOut } from "./data/client";
import { onOtherSession } from "./data/session";
import { makeRouter } from "./routes";
import "./styles.css";

const OPEN = /^\/(sign-in|share|approve|invitation)(\/|$)/;

let isLeaving = false;
onSignedOut(() => {
  // Each query of a screen is refused: the first leads away, another would stop it and begin again.
  if (isLeaving || OPEN.test(location.pathname)) return;
  isLeaving = true;
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
});

// What this page shows, and what it would write, is of whoever was signed in when it began: it begins anew with who is now. The
// same where the browser brings a page back as it was left, such as by "Back" after signing out.
onOtherSession(() => {
  if (!OPEN.test(location.pathname)) location.reload();
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted && !OPEN.test(location.pathname)) location.reload();
});

// A new build took the place of the one that this page began with, so a chunk is not there any more: begin anew, once.
window.addEventListener("vite:preloadError", (event) => {
  if (sessionStorage.getItem("drystone.reloaded") === location.href) return;
  sessionStorage.setItem("drystone.reloaded", location.href);
  event.preventDefault();
  location.reload();
});

const root = document.getElementById("root");
if (!root) throw new Error("The page has no root.");
createRoot(root).render(
  <StrictMode>
    <Provider value={makeClient()}>
      <RouterProvider router={makeRouter()} />
    </Provider>
  </StrictMode>,
);
