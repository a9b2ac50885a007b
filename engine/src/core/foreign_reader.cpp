// engine: the bytes of a foreign object, on their way to events with sequences of this stream.
#include "foreign_reader.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/compression.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event_sum.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/json_line.hpp>
#include <sluice/stream/line_splitter.hpp>
#include <sluice/stream/values.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace sluice {

namespace {

constexpr std::size_t longest_json_line = 32 << 20;
constexpr std::size_t plain_portion = 128 << 10;
/// A compressed Avro block of a few bytes may expand to 16 MiB: few of them are let in at once.
constexpr std::size_t avro_portion = 1 << 10;

failure malformed_event(std::string how) {
    failure why;
    why.code = stream_errc::malformed;
    why.where = std::move(how);
    return why;
}

/// Takes events and fragments in order, leaves out the first ones, and gives the others sequences.
class event_sink {
  public:
    event_sink(foreign_start start, batch_builder& to) : start_(std::move(start)), to_(to) {}

    result<void> add(const record& event) {
        if (event.part) return add_fragment(event);
        if (open_) return malformed_event("an event has no last fragment");
        if (passes_over_ > 0) return not_the_same();
        if (skips_next()) return result<void>();
        return to_.add(event);
    }
    result<void> open(const record& event) {
        open_ = true;
        skipping_ = skips_next();
        return skipping_ ? result<void>() : to_.open(event);
    }
    void more(bytes_view value) {
        if (!skipping_) to_.more(value);
    }
    result<void> close() {
        const bool skipped = skipping_;
        open_ = skipping_ = false;
        at_ = 0;
        return skipped ? result<void>() : to_.close();
    }
    result<void> finish() const {
        if (open_) return malformed_event("the object ends inside an event");
        if (passes_over_ > 0) return not_the_same();
        return result<void>();
    }

    /// Records are counted from here on, and the first ones of them passed over: they are fragments
    /// that are in the stream.
    void begin_object(std::uint64_t passes_over) {
        passes_over_ = passes_over;
        fragments_ = 0;
        goes_on_ = open_;
    }
    bool is_open() const { return open_; }
    bool goes_on_at(position first) const {
        return open_ && first.offset == at_ && first.sequence == sequence_;
    }
    /// An event is whole that was open when the object began.
    void tell_over(std::uint64_t inside) const { start_.event_over(inside); }

  private:
    static result<void> not_the_same() {
        return malformed_event("it does not begin as when it was read before");
    }
    bool skips_next() {
        if (start_.skip == 0) return false;
        --start_.skip;
        return true;
    }
    result<void> add_fragment(const record& piece) {
        ++fragments_;
        if (passes_over_ > 0) {
            --passes_over_;
            return result<void>();
        }
        const bool follows = at_ == 0 || (open_ && piece.sequence == sequence_);
        if (piece.part->offset != at_ || !follows)
            return malformed_event("a fragment does not follow the one before it");
        if (!open_) {
            auto opened = open(piece);
            if (!opened) return opened;
            sequence_ = piece.sequence;
        }
        const auto same = sum_.take(piece);
        if (piece.value) {
            more(*piece.value);
            at_ += static_cast<std::int64_t>(piece.value->size());
        }
        if (!piece.part->last) return result<void>();
        if (piece.part->last->length != at_)
            return malformed_event("an event is not as long as its last fragment says");
        if (!same) return malformed_event(same.error().where);
        auto closed = close();
        if (closed && std::exchange(goes_on_, false)) tell_over(fragments_);
        return closed;
    }

    foreign_start start_;
    batch_builder& to_;
    bool open_ = false;
    bool skipping_ = false;
    std::int64_t at_ = 0;       ///< of fragments: bytes of the value so far
    std::int64_t sequence_ = 0; ///< of them, in the object
    std::uint64_t fragments_ = 0;
    std::uint64_t passes_over_ = 0;
    bool goes_on_ = false; ///< an event was open when the object began
    event_sum sum_;
};

/// The content of objects, decompressed, to events. An event that is open where an object ends goes
/// on in the next one.
class content_parser {
  public:
    virtual ~content_parser() = default;
    /// `inside`: records that are passed over, where the format has any.
    virtual void begin_object(position first, std::uint64_t inside) = 0;
    virtual result<void> feed(bytes_view more) = 0;
    /// The content of one object has ended: true when an event is open.
    virtual result<bool> end_object() = 0;
    virtual bool goes_on_at(position first) const = 0;
    /// Nothing follows.
    virtual result<void> finish() = 0;
};

/// Gives the records of a batch to the sink.
class record_taker {
  public:
    explicit record_taker(event_sink& to) : to_(to) {}
    object_decoder::deliver taking() {
        return [this](const record_batch& batch) { return take(batch); };
    }

  private:
    result<void> take(const record_batch& batch) {
        avro_record_cursor records(batch.body);
        while (!records.at_end()) {
            auto read = records.next(each_);
            if (!read) return read;
            auto added = to_.add(each_);
            if (!added) return added;
        }
        return result<void>();
    }

    event_sink& to_;
    record each_;
};

/// Each object has a header and blocks of its own.
class avro_parser final : public content_parser {
  public:
    explicit avro_parser(event_sink& to) : to_(to), taker_(to) {}

    void begin_object(position first, std::uint64_t inside) override {
        decoder_ = make_content_decoder(object_format::avro, format_context(), first, false);
        to_.begin_object(inside);
    }
    result<void> feed(bytes_view more) override { return decoder_->feed(more, taker_.taking()); }
    result<bool> end_object() override {
        auto ended = decoder_->finish(taker_.taking());
        if (!ended) return ended.error();
        return to_.is_open();
    }
    bool goes_on_at(position first) const override { return to_.goes_on_at(first); }
    result<void> finish() override { return to_.finish(); }

  private:
    event_sink& to_;
    record_taker taker_;
    std::unique_ptr<object_decoder> decoder_;
};

/// `delimited` and `raw`: one run of bytes, whatever the objects are.
class value_parser final : public content_parser {
  public:
    using maker = std::function<std::unique_ptr<value_decoder>(position first)>;
    /// `told`: the bytes tell where events end.
    value_parser(maker make, bool told, event_sink& to)
        : make_(std::move(make)), told_(told), to_(to), taker_(to) {}

    void begin_object(position first, std::uint64_t inside) override {
        const bool behind = inside > 0 && first.offset > 0; // of the event that begins before
        const position at{first.partition, first.sequence + (behind ? 1 : 0), 0};
        if (!decoder_) decoder_ = make_(at);
        goes_on_ = is_open();
        inside_ = 0;
    }
    result<void> feed(bytes_view more) override {
        while (!more.empty()) {
            const std::size_t size = goes_on_ ? decoder_->of_open_event(more) : more.size();
            inside_ += goes_on_ ? size : 0;
            auto fed = decoder_->feed(more.first(size), taker_.taking());
            if (!fed) return fed;
            more = more.subspan(size);
            auto ended = goes_on_ && !is_open() ? end_open_event() : result<void>();
            if (!ended) return ended;
        }
        return result<void>();
    }
    result<bool> end_object() override {
        auto flushed = decoder_->flush(taker_.taking());
        if (!flushed) return flushed.error();
        return is_open();
    }
    bool goes_on_at(position first) const override {
        if (!told_) return true;
        const position reached = decoder_->reached();
        // Sequences may be sparse; where no byte of the value is there, only they tell.
        return first.offset == reached.offset && first.sequence >= reached.sequence &&
               (first.offset > 0 || first.sequence == reached.sequence);
    }
    result<void> finish() override {
        auto ended = decoder_->finish(taker_.taking());
        if (ended && std::exchange(goes_on_, false)) to_.tell_over(inside_);
        return ended ? to_.finish() : ended;
    }

  private:
    bool is_open() const { return decoder_->is_inside(); }
    /// Nothing of what follows may be in the same batch.
    result<void> end_open_event() {
        goes_on_ = false;
        auto flushed = decoder_->flush(taker_.taking());
        if (flushed) to_.tell_over(inside_);
        return flushed;
    }

    maker make_;
    bool told_;
    event_sink& to_;
    record_taker taker_;
    std::unique_ptr<value_decoder> decoder_;
    bool goes_on_ = false;     ///< an event is open that was so when the object began
    std::uint64_t inside_ = 0; ///< bytes of the object that are of it
};

/// Each line is a value, or an event in our JSON.
class line_parser final : public content_parser {
  public:
    line_parser(bool json, bool own, event_sink& to)
        : json_(json),
          own_(own),
          to_(to),
          lines_(*this, json ? longest_json_line : max_fragment_bytes) {}

    void begin_object(position, std::uint64_t inside) override {
        if (json_) to_.begin_object(inside);
        goes_on_ = !json_ && open_bytes_ > 0;
        inside_ = 0;
        number_ = 0;
    }
    result<void> feed(bytes_view more) override {
        if (goes_on_) {
            const std::size_t end = as_text(more).find('\n');
            const bool ends = end != std::string_view::npos;
            const bytes_view rest = more.first(ends ? end + 1 : more.size());
            take(rest);
            inside_ += rest.size();
            more = more.subspan(rest.size());
            goes_on_ = !ends;
            if (ends && !failed_) to_.tell_over(inside_);
        }
        take(more);
        return outcome();
    }
    result<bool> end_object() override {
        if (!json_) return open_bytes_ > 0;
        lines_.finish();
        if (failed_) return *failed_;
        return to_.is_open();
    }
    bool goes_on_at(position first) const override {
        if (json_) return to_.goes_on_at(first);
        return static_cast<std::uint64_t>(first.offset) == open_bytes_;
    }
    /// Where we know who wrote it, a line without an end is cut off.
    result<void> finish() override {
        if (own_ && !json_ && open_bytes_ > 0)
            return malformed_event("the object ends inside a line");
        lines_.finish();
        return failed_ ? outcome() : to_.finish();
    }

    void line(bytes_view text) {
        ++number_;
        if (failed_) return;
        record event;
        event.value = text;
        note(json_ ? add_json(as_text(text)) : to_.add(event));
    }
    void long_line_begins() {
        ++number_;
        if (failed_) return;
        note(json_ ? malformed_event("it is longer than 32 MiB") : to_.open(record()));
    }
    void long_line_more(bytes_view text) {
        if (!failed_) to_.more(text);
    }
    void long_line_ends() {
        if (!failed_) note(to_.close());
    }

  private:
    void take(bytes_view some) {
        lines_.feed(some);
        const std::size_t last = as_text(some).rfind('\n');
        if (last == std::string_view::npos)
            open_bytes_ += some.size();
        else
            open_bytes_ = some.size() - last - 1;
    }
    result<void> add_json(std::string_view line) {
        const std::string_view text = json_in_line(line, number_ == 1);
        if (text.empty()) return result<void>();
        auto parsed = event_.parse(text);
        if (!parsed) {
            failure why = parsed.error();
            why.where += " (lines that are values of their own: --format lines)";
            return why;
        }
        return to_.add(event_.get());
    }
    void note(result<void> outcome) {
        if (outcome) return;
        failed_ = outcome.error();
        failed_->where = "line " + std::to_string(number_) + ": " + failed_->where;
    }
    result<void> outcome() const {
        if (failed_) return *failed_;
        return result<void>();
    }

    bool json_;
    bool own_;
    event_sink& to_;
    line_splitter<line_parser> lines_;
    json_record event_;
    std::uint64_t number_ = 0;     ///< of the line, in the object
    std::uint64_t open_bytes_ = 0; ///< of a line whose end is not there yet
    bool goes_on_ = false;         ///< a line was open when the object began
    std::uint64_t inside_ = 0;     ///< bytes of the object that are of it
    std::optional<failure> failed_;
};

std::unique_ptr<content_parser>
make_parser(foreign_format format, std::size_t event_bytes, bool own, event_sink& to) {
    switch (format) {
    case foreign_format::ndjson:
    case foreign_format::lines:
        return std::make_unique<line_parser>(format == foreign_format::ndjson, own, to);
    case foreign_format::avro:
        return std::make_unique<avro_parser>(to);
    case foreign_format::delimited:
        return std::make_unique<value_parser>(
            [](position first) { return make_delimited_decoder(first, std::nullopt); }, true, to
        );
    case foreign_format::raw:
        return std::make_unique<value_parser>(
            [event_bytes](position first) { return make_raw_decoder(first, event_bytes); },
            false,
            to
        );
    }
    return nullptr;
}

/// Formats that have records skip those; others, the bytes.
bool has_records(foreign_format format) {
    return format == foreign_format::avro || format == foreign_format::ndjson;
}

class portion_reader final : public foreign_reader {
  public:
    portion_reader(
        foreign_encoding encoding, std::size_t event_bytes, foreign_start start, batch_builder& to
    )
        : to_(start, to),
          parser_(make_parser(encoding.format, event_bytes, start.own.has_value(), to_)),
          portion_(encoding.format == foreign_format::avro ? avro_portion : plain_portion) {
        const bool records = has_records(encoding.format);
        const position first = start.own ? start.own->first : position();
        begin(encoding.codec, records ? 0 : start.inside);
        parser_->begin_object(first, start.inside);
    }

    void give(bytes_view more) override {
        if (source_)
            source_->give(more);
        else
            plain_ = more;
    }
    result<bool> read() override {
        if (rest_.empty()) {
            auto some = take();
            if (!some) return some.error();
            if (some->empty()) return false;
            rest_ = *some;
        }
        const auto passed =
            static_cast<std::size_t>(std::min<std::uint64_t>(rest_.size(), passes_over_));
        passes_over_ -= passed;
        rest_ = rest_.subspan(passed);
        const bytes_view portion = rest_.first(std::min(rest_.size(), portion_));
        rest_ = rest_.subspan(portion.size());
        auto fed = parser_->feed(portion);
        if (!fed) return fed.error();
        return true;
    }
    result<void> finish() override {
        if (ended_) return parser_->finish();
        auto ended = end_object();
        if (!ended) return ended.error();
        return parser_->finish();
    }
    result<bool> end_object() override {
        ended_ = true;
        if (source_ && !source_->at_member_end())
            return malformed_event("the compressed bytes end inside a member");
        if (passes_over_ > 0) return malformed_event("it is shorter than when it was read before");
        return parser_->end_object();
    }
    bool goes_on_at(position first) const override { return parser_->goes_on_at(first); }
    void begin_next(object_codec codec, const own_place& place) override {
        begin(codec, 0);
        parser_->begin_object(place.first, 0);
    }

  private:
    void begin(object_codec codec, std::uint64_t passes_over) {
        source_.reset();
        if (codec != object_codec::none) source_ = make_decompressor(codec);
        plain_ = rest_ = bytes_view();
        passes_over_ = passes_over;
        ended_ = false;
    }
    result<bytes_view> take() {
        if (source_) return source_->take();
        return std::exchange(plain_, bytes_view());
    }

    event_sink to_;
    std::unique_ptr<content_parser> parser_;
    std::size_t portion_;
    std::unique_ptr<decompressor> source_; ///< none: the bytes are the content
    bytes_view plain_;
    bytes_view rest_;               ///< of content, not parsed yet
    std::uint64_t passes_over_ = 0; ///< bytes of content that are in the stream
    bool ended_ = false;
};

} // namespace

std::unique_ptr<foreign_reader> make_foreign_reader(
    foreign_encoding encoding, std::size_t event_bytes, foreign_start start, batch_builder& to
) {
    return std::make_unique<portion_reader>(encoding, event_bytes, std::move(start), to);
}

} // namespace sluice
