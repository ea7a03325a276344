// Shows the table's numbers for the time under the pointer. The page says the same without it.
(function () {
  "use strict";
  var table = document.querySelector(".numbers");
  var readout = document.querySelector(".readout");
  if (!table || !readout) { return; }
  var heads = Array.from(table.tHead.rows[0].cells, function (cell) { return cell.textContent; });
  var rows = table.tBodies[0].rows;
  document.querySelectorAll(".timeline").forEach(function (picture) {
    var cursor = picture.querySelector(".cursor");
    function hide() { cursor.setAttribute("visibility", "hidden"); readout.textContent = ""; }
    picture.addEventListener("pointerleave", hide);
    picture.addEventListener("pointermove", function (event) {
      var box = picture.getBoundingClientRect();
      var scale = picture.viewBox.baseVal.width / box.width;
      var x = (event.clientX - box.left) * scale;
      var share = (x - Number(picture.dataset.left)) / Number(picture.dataset.plot);
      if (!(share >= 0) || share >= 1) { hide(); return; }
      var row = rows[Math.floor(share * rows.length)];
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.setAttribute("visibility", "visible");
      var parts = [row.cells[0].textContent];
      for (var i = 1; i !== row.cells.length; i++) {
        var text = row.cells[i].textContent;
        if (text !== "0") { parts.push(heads[i] + " " + text); }
      }
      readout.textContent = parts.join("  \u00b7  ");
    });
  });
})();
