import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { Provider } from "urql";
import { makeClient, onSignedOut } from "./data/client";
import { makeRouter } from "./routes";
import "./styles.css";

const OPEN = /^\/(sign-in|share|approve|invitation)(\/|$)/;

onSignedOut(() => {
  if (OPEN.test(location.pathname)) return;
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
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
