// engine: the appends that pieces of objects become which hold values only.
#include "value_import.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

failure damaged(const fetch_item& what, const std::string& how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = what.key + ", piece " + std::to_string(what.piece) + ": " + how;
    return why;
}

} // namespace

/// One piece on its way through the decoder that all of them share.
class value_import::reading final : public piece_reading {
  public:
    reading(
        value_import& in,
        const fetch_item& what,
        std::unique_ptr<piece_content> content,
        std::uint64_t skip
    )
        : in_(in), what_(what), content_(std::move(content)), skip_(skip) {}

    result<bool> next(piece_steps& to) override {
        const auto take = [this, &to](const record_batch& given) { return add(given, to); };
        auto portion = content_->next();
        if (!portion) return damaged(what_, describe(portion.error()));
        if (portion->empty()) return end(to);
        const auto done = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, portion->size()));
        skip_ -= done;
        const bytes_view fresh = portion->subspan(done);
        auto fed = in_.decoder_->feed(fresh, take);
        in_.fed_ += fresh.size();
        if (!fed) return unless_told(fed.error());
        return true;
    }

  private:
    /// Nothing that lies beyond what was committed comes into the stream.
    result<void> add(const record_batch& given, piece_steps& to) {
        if (tells_events_apart(in_.format_) && given.next > what_.next)
            return beyond_the_piece(given.next);
        return in_.add(given, to);
    }
    failure beyond_the_piece(position reached) const {
        return damaged(
            what_,
            "holds events up to " + to_string(reached) + ", the commit says " +
                to_string(what_.next)
        );
    }

    result<bool> end(piece_steps& to) {
        if (skip_ > 0) return damaged(what_, "it is shorter than when it was read before");
        const auto take = [this, &to](const record_batch& given) { return add(given, to); };
        auto flushed = in_.decoder_->flush(take);
        if (!flushed) return unless_told(flushed.error());
        const position reached = in_.decoder_->reached();
        if (tells_events_apart(in_.format_) && !in_.decoder_->may_end_at(what_.next))
            return beyond_the_piece(reached);
        if (to.steps.empty()) return false;
        if (in_.ends_before(what_.next) && tells_events_apart(in_.format_)) {
            in_.finish_at(*in_.window_.until);
        } else if (in_.decoder_->consumed() == in_.fed_) {
            in_.progress_.at = what_.next;
            in_.progress_.byte = 0;
        } else {
            return false;
        }
        to.steps.back().progress = encode_import_progress(in_.progress_);
        return false;
    }

    failure unless_told(const failure& why) const {
        return why.code == engine_errc::damaged_object ? why : damaged(what_, describe(why));
    }

    value_import& in_;
    const fetch_item& what_;
    std::unique_ptr<piece_content> content_;
    std::uint64_t skip_; ///< bytes of content that are in the stream already
};

value_import::value_import(
    object_format format,
    std::size_t event_bytes,
    import_progress progress,
    position end,
    std::optional<position> until
)
    : format_(format),
      event_bytes_(event_bytes),
      progress_(std::move(progress)),
      window_{progress_.at, until},
      end_(end) {}

/// Inside a piece the decoder goes on where the stream ends; else where the piece begins.
result<void> value_import::enter(const fetch_item& what) {
    const bool goes_on = !decoder_ && progress_.byte > 0;
    if (goes_on && what.first != progress_.at)
        return damaged(
            what,
            "the import stopped inside the piece at " + to_string(progress_.at) +
                ", and no piece begins there any more; import into another stream"
        );
    const bool raw = !tells_events_apart(format_);
    if (!decoder_) {
        const position first = raw || goes_on ? end_ : what.first;
        if (raw)
            decoder_ = make_raw_decoder(first, event_bytes_);
        else
            decoder_ = make_counting_decoder(format_, first, progress_.open);
        marks_.clear();
        fed_ = 0;
    }
    if (!goes_on) {
        if (!raw && what.first.offset != 0 && decoder_->reached() == what.first && fed_ == 0 &&
            !progress_.open)
            return damaged(what, "it begins inside an event whose beginning is not there");
        auto entered = decoder_->enter(what.first);
        if (!entered) return damaged(what, describe(entered.error()));
    }
    marks_.push_back(mark{what.first, fed_});
    return result<void>();
}

result<std::unique_ptr<piece_reading>>
value_import::read(const fetch_item& what, bytes_view bytes) {
    auto encoding = known_encoding(what.format, what.codec);
    if (!encoding) return encoding.error();
    const std::uint64_t skip = decoder_ ? 0 : progress_.byte;
    auto entered = enter(what);
    if (!entered) return entered.error();
    progress_.hint_commit = what.commit;
    progress_.hint_object = what.key;
    progress_.hint_piece = what.piece;
    skipped_ = skip;
    std::unique_ptr<piece_reading> made = std::make_unique<reading>(
        *this, what, make_piece_content(*encoding, bytes, what.inside), skip
    );
    return made;
}

/// Progress behind so much content: the piece in which that lies, and the bytes of it.
void value_import::step_to(std::uint64_t consumed) {
    while (marks_.size() > 1 && marks_[1].at <= consumed) {
        marks_.pop_front();
        skipped_ = 0;
    }
    progress_.at = marks_.front().first;
    progress_.byte = consumed - marks_.front().at + skipped_;
    progress_.open = decoder_->open();
}

/// Nothing behind that place belongs to the import: an event that is open there is not ours.
void value_import::finish_at(position next) {
    progress_.at = next;
    progress_.byte = 0;
    progress_.open.reset();
}

void value_import::skip(position first, position next) {
    decoder_.reset();
    note_left_out(progress_.left_out, first, next);
    finish_at(next);
}

result<void> value_import::add(const record_batch& given, piece_steps& to) {
    append_step step;
    step.batch = given;
    if (tells_events_apart(format_)) {
        auto part = part_of_batch(given, window_);
        if (!part) return part.error();
        if (part->records == 0) return result<void>();
        step.batch = *part;
        if (ends_before(given.next))
            finish_at(*window_.until);
        else
            step_to(decoder_->consumed());
    } else {
        step_to(decoder_->consumed());
    }
    to.copies.emplace_back(step.batch.body.begin(), step.batch.body.end());
    step.batch.body = to.copies.back();
    step.progress = encode_import_progress(progress_);
    end_ = step.batch.next;
    to.events += step.batch.events;
    to.bytes += step.batch.body.size();
    to.steps.push_back(std::move(step));
    return result<void>();
}

result<void> value_import::interrupt(position next, piece_steps& to) {
    const auto take = [this, &to](const record_batch& given) { return add(given, to); };
    if (decoder_) {
        const bool raw = !tells_events_apart(format_);
        auto ended = raw ? decoder_->finish(take) : decoder_->flush(take);
        if (!ended) return ended;
    }
    // What is held back of an event that goes on later is read again then.
    const bool inside = decoder_ && (decoder_->open() || decoder_->consumed() != fed_);
    if (inside && !ends_before(next)) return result<void>();
    decoder_.reset();
    finish_at(next);
    if (!to.steps.empty()) to.steps.back().progress = encode_import_progress(progress_);
    return result<void>();
}

} // namespace sluice
