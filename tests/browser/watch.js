// Notes what a page tried and was not allowed to do, and whether foreign text ran.
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
window.foreign = [];
window.ran = (what) => window.foreign.push(what);
