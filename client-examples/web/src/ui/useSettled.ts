import { useEffect, useState } from "react";

/** What can be written as JSON, once it has not been changed for so many milliseconds. */
export function useSettled<Value>(value: Value, milliseconds = 250): Value {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), milliseconds);
    return () => clearTimeout(timer);
  }, [text, milliseconds]);
  return JSON.parse(settled) as Value;
}
