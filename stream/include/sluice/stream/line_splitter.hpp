// stream: cuts input into lines without holding it; a long line is given on in pieces.
#pragma once

#include <sluice/base/bytes.hpp>

#include <cstddef>

namespace sluice {

/// Lines end with '\n', which belongs to none of them; a last line without one counts as well.
///
/// `Sink` has `line(bytes_view)` for a line that lies whole in what was fed or kept, and for a line
/// longer than `most`: `long_line_begins()`, `long_line_more(bytes_view)`, `long_line_ends()`.
/// Memory: at most `most` bytes of an unfinished line.
template <class Sink>
class line_splitter {
  public:
    line_splitter(Sink& to, std::size_t most) : to_(to), most_(most) {}

    void feed(bytes_view more) {
        while (!more.empty()) {
            const std::size_t end = as_text(more).find('\n');
            const bool whole = end != std::string_view::npos;
            take(more.first(whole ? end : more.size()), whole);
            more = more.subspan(whole ? end + 1 : more.size());
        }
    }
    /// The input has ended.
    void finish() {
        if (!kept_.empty() || long_) take(bytes_view(), true);
    }

  private:
    void take(bytes_view part, bool ends) {
        if (!long_ && kept_.size() + part.size() > most_) begin_long_line();
        if (long_) {
            if (!part.empty()) to_.long_line_more(part);
            if (ends) to_.long_line_ends();
            if (ends) long_ = false;
        } else if (ends && kept_.empty()) {
            to_.line(part); // uncopied
        } else {
            append(kept_, part);
            if (!ends) return;
            to_.line(bytes_view(kept_));
            kept_.clear();
        }
    }

    void begin_long_line() {
        long_ = true;
        to_.long_line_begins();
        if (!kept_.empty()) to_.long_line_more(bytes_view(kept_));
        kept_.clear();
    }

    Sink& to_;
    std::size_t most_;
    byte_vector kept_;
    bool long_ = false;
};

} // namespace sluice
