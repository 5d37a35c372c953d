// Carries the shared style sheet into the page. It draws nothing.
export default {
  render({ el }) {
    el.hidden = true;
    if (el.parentElement) el.parentElement.style.display = "none";
  },
};
