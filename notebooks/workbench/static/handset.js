// A phone. What people wrote is set as text, never as markup.
function make(name, css, text) {
  const element = document.createElement(name);
  if (css) element.className = css;
  if (text !== undefined) element.textContent = text;
  return element;
}

function bubbleOf(message) {
  const item = make("li", `ih-bubble ih-${message.side}${message.twilio ? " ih-twilio" : ""}`);
  if (message.author) item.append(make("span", "ih-author", message.author));
  item.append(make("span", "ih-text", message.text));
  if (message.media) item.append(make("span", "ih-media", `${message.media} attachment(s)`));
  const foot = make("span", "ih-foot", message.time);
  const ticks = make("span", "ih-ticks", ` ${message.ticks}`);
  ticks.title = message.status;
  ticks.setAttribute("aria-label", message.status);
  foot.append(ticks);
  item.append(foot);
  return item;
}

export default {
  render({ model, el }) {
    const phone = make("section", "ih-phone");
    phone.setAttribute("aria-label", `Phone of ${model.get("owner")}`);
    const head = make("header", "ih-head");
    const who = make("div", "ih-who");
    const owner = make("b", "ih-owner");
    const own = make("span", "ih-me");
    who.append(owner, own);
    const numbers = make("select", "ih-number");
    numbers.setAttribute("aria-label", "Conversation with");
    head.append(who, numbers);
    const banner = make("p", "ih-banner");
    banner.setAttribute("role", "status");
    const screen = make("ol", "ih-screen");
    screen.setAttribute("aria-live", "polite");
    screen.tabIndex = 0;
    screen.setAttribute("aria-label", "Conversation");
    const trouble = make("p", "ih-trouble");
    trouble.setAttribute("role", "alert");
    const quick = make("div", "ih-quick");
    const line = make("form", "ih-line");
    const draft = make("textarea", "ih-draft");
    draft.rows = 1;
    draft.placeholder = "Text message";
    draft.setAttribute("aria-label", "Text message");
    const send = make("button", "ih-send", "Send");
    send.type = "submit";
    line.append(draft, send);
    const counter = make("p", "ih-counter");
    phone.append(head, banner, screen, trouble, quick, line, counter);
    el.append(phone);

    function text(body) {
      model.send({ type: "send", body });
    }

    function drawNumbers() {
      const options = model.get("numbers").map((number) => {
        const option = make("option", "", number.label);
        option.value = number.value;
        return option;
      });
      numbers.replaceChildren(...options);
      numbers.value = model.get("number");
    }

    function drawScreen() {
      const list = model.get("bubbles").map(bubbleOf);
      screen.replaceChildren(...(list.length ? list : [make("li", "ih-empty", "No messages yet. Text something.")]));
      screen.scrollTop = screen.scrollHeight;
    }

    function drawWords() {
      owner.textContent = model.get("owner");
      own.textContent = model.get("owner") === model.get("handset") ? "" : model.get("handset");
      for (const [element, name] of [[banner, "banner"], [trouble, "trouble"], [counter, "counter"]]) {
        element.textContent = model.get(name);
        element.hidden = !model.get(name);
      }
      screen.scrollTop = screen.scrollHeight;
    }

    function drawQuick() {
      quick.replaceChildren(...model.get("quick").map((word) => {
        const button = make("button", "ih-word", word);
        button.type = "button";
        button.addEventListener("click", () => text(word));
        return button;
      }));
    }

    numbers.addEventListener("change", () => {
      model.set("number", numbers.value);
      model.save_changes();
    });
    draft.addEventListener("input", () => {
      model.set("draft", draft.value);
      model.save_changes();
    });
    draft.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      line.requestSubmit();
    });
    line.addEventListener("submit", (event) => {
      event.preventDefault();
      text(draft.value);
      draft.focus();
    });

    model.on("change:numbers", drawNumbers);
    model.on("change:number", drawNumbers);
    model.on("change:bubbles", drawScreen);
    model.on("change:quick", drawQuick);
    for (const name of ["owner", "handset", "banner", "trouble", "counter"]) model.on(`change:${name}`, drawWords);
    model.on("change:sent", () => {
      draft.value = "";
    });
    draft.value = model.get("draft");
    drawNumbers();
    drawQuick();
    drawWords();
    drawScreen();

    // A simulator in another process changes by itself: ask now and then, while somebody can see it.
    const timer = setInterval(() => {
      if (model.get("follows") && document.visibilityState === "visible" && el.isConnected) model.send({ type: "look" });
    }, 1500);
    return () => clearInterval(timer);
  },
};
