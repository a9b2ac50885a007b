// engine: the bytes of a foreign object, on their way to events with sequences of this stream.
#include "foreign_reader.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/compression.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/event_sum.hpp>
#include <sluice/stream/format.hpp>
#include <sluice/stream/line_splitter.hpp>
#include <sluice/stream/values.hpp>

#include <algorithm>
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
    event_sink(std::uint64_t skip, batch_builder& to) : skip_(skip), to_(to) {}

    result<void> add(const record& event) {
        if (event.part) return add_fragment(event);
        if (open_) return malformed_event("an event has no last fragment");
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
    void close() {
        if (!skipping_) to_.close();
        open_ = skipping_ = false;
        at_ = 0;
    }
    result<void> finish() const {
        if (open_) return malformed_event("the object ends inside an event");
        return result<void>();
    }

  private:
    bool skips_next() {
        if (skip_ == 0) return false;
        --skip_;
        return true;
    }
    result<void> add_fragment(const record& piece) {
        if (piece.part->offset != at_ || (at_ > 0 && !open_))
            return malformed_event("a fragment does not follow the one before it");
        if (!open_) {
            auto opened = open(piece);
            if (!opened) return opened;
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
        close();
        return result<void>();
    }

    std::uint64_t skip_;
    batch_builder& to_;
    bool open_ = false;
    bool skipping_ = false;
    std::int64_t at_ = 0;
    event_sum sum_;
};

/// The content of an object, decompressed, to events.
class content_parser {
  public:
    virtual ~content_parser() = default;
    virtual result<void> feed(bytes_view more) = 0;
    virtual result<void> finish() = 0;
};

/// Formats that have a decoder: its records are numbered anew.
class record_parser final : public content_parser {
  public:
    record_parser(std::unique_ptr<object_decoder> decoder, event_sink& to)
        : decoder_(std::move(decoder)), to_(to) {}
    result<void> feed(bytes_view more) override { return decoder_->feed(more, taking()); }
    result<void> finish() override {
        auto ended = decoder_->finish(taking());
        return ended ? to_.finish() : ended;
    }

  private:
    object_decoder::deliver taking() {
        return [this](const record_batch& batch) { return take(batch); };
    }
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

    std::unique_ptr<object_decoder> decoder_;
    event_sink& to_;
    record each_;
};

/// Each line is a value, or an event in our JSON.
class line_parser final : public content_parser {
  public:
    line_parser(bool json, event_sink& to)
        : json_(json), to_(to), lines_(*this, json ? longest_json_line : max_fragment_bytes) {}

    result<void> feed(bytes_view more) override {
        lines_.feed(more);
        return outcome();
    }
    result<void> finish() override {
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
        if (!failed_) to_.close();
    }

  private:
    result<void> add_json(std::string_view text) {
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
    event_sink& to_;
    line_splitter<line_parser> lines_;
    json_record event_;
    std::uint64_t number_ = 0;
    std::optional<failure> failed_;
};

std::unique_ptr<content_parser>
make_parser(foreign_format format, std::size_t event_bytes, event_sink& to) {
    switch (format) {
    case foreign_format::ndjson:
    case foreign_format::lines:
        return std::make_unique<line_parser>(format == foreign_format::ndjson, to);
    case foreign_format::avro:
        return std::make_unique<record_parser>(
            make_content_decoder(object_format::avro, format_context(), position(), false), to
        );
    case foreign_format::delimited:
        return std::make_unique<record_parser>(
            make_delimited_decoder(position(), std::nullopt), to
        );
    case foreign_format::raw:
        return std::make_unique<record_parser>(make_raw_decoder(position(), event_bytes), to);
    }
    return nullptr;
}

class portion_reader final : public foreign_reader {
  public:
    portion_reader(
        foreign_encoding encoding, std::size_t event_bytes, std::uint64_t skip, batch_builder& to
    )
        : to_(skip, to),
          parser_(make_parser(encoding.format, event_bytes, to_)),
          portion_(encoding.format == foreign_format::avro ? avro_portion : plain_portion) {
        if (encoding.codec != object_codec::none) source_ = make_decompressor(encoding.codec);
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
        const bytes_view portion = rest_.first(std::min(rest_.size(), portion_));
        rest_ = rest_.subspan(portion.size());
        auto fed = parser_->feed(portion);
        if (!fed) return fed.error();
        return true;
    }
    result<void> finish() override {
        if (source_ && !source_->at_member_end())
            return malformed_event("the compressed bytes end inside a member");
        return parser_->finish();
    }

  private:
    result<bytes_view> take() {
        if (source_) return source_->take();
        return std::exchange(plain_, bytes_view());
    }

    event_sink to_;
    std::unique_ptr<content_parser> parser_;
    std::size_t portion_;
    std::unique_ptr<decompressor> source_; ///< none: the bytes are the content
    bytes_view plain_;
    bytes_view rest_; ///< of content, not parsed yet
};

} // namespace

std::unique_ptr<foreign_reader> make_foreign_reader(
    foreign_encoding encoding, std::size_t event_bytes, std::uint64_t skip, batch_builder& to
) {
    return std::make_unique<portion_reader>(encoding, event_bytes, skip, to);
}

} // namespace sluice
