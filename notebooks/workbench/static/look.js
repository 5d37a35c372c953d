// Carries the shared style sheet into the page. It draws nothing.
export default {
  render({ el }) {
    el.classList.add("iw-look");
  },
};
