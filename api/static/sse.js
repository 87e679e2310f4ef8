// Server-sent events, read from the body of a fetch: an EventSource could not send a key.

/** Yield every event as {event, data, id}; a comment is yielded as {event: null}. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let fields = {};
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      text = lines.pop();
      for (const line of lines) {
        if (line === "") {
          if (fields.data !== undefined) yield { event: "message", ...fields };
          fields = {};
        } else if (line.startsWith(":")) {
          yield { event: null };
        } else {
          const [, name, content] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
          fields[name] = name === "data" && fields.data !== undefined ? `${fields.data}\n${content}` : (content ?? "");
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
