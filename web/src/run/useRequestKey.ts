import { useRef } from "react";
import { newId } from "@/graph/ids";

/** Gives a request its idempotency key: the same request again, as after an answer that was lost, is the same run. */
export function useRequestKey(): (request: unknown) => string {
  const last = useRef({ request: "", key: "" });
  return (request) => {
    const text = JSON.stringify(request);
    if (last.current.request !== text) last.current = { request: text, key: newId() };
    return last.current.key;
  };
}
