// engine: the appends that one verified piece becomes.
#include "piece_steps.hpp"

#include <sluice/engine/error.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace sluice {

namespace {

failure not_as_committed(const fetch_item& what, position found, position expected) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = what.key + ", piece " + std::to_string(what.piece) + ": holds events up to " +
                to_string(found) + ", the commit says " + to_string(expected);
    return why;
}

failure not_as_written(const fetch_item& what, const failure& how) {
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = what.key + ", piece " + std::to_string(what.piece) + ": partition " +
                std::to_string(what.first.partition) + ", " + how.where;
    return why;
}

position position_of(std::uint32_t partition, const record& each) {
    return position{partition, each.sequence, each.part ? each.part->offset : 0};
}

/// The first record of a body that lies at or behind a place, and the byte at which it begins.
struct found_record {
    std::size_t at = 0;
    std::optional<position> place; ///< none: it is behind the last one
};

result<found_record> find_record(bytes_view body, position from) {
    avro_record_cursor records(body);
    record each;
    while (!records.at_end()) {
        found_record found;
        found.at = records.offset();
        auto read = records.next(each);
        if (!read) return read.error();
        found.place = position_of(from.partition, each);
        if (*found.place >= from) return found;
    }
    found_record none;
    none.at = body.size();
    return none;
}

bool lies_in(bytes_view whole, bytes_view part) {
    const std::less_equal<const std::byte*> not_after;
    return not_after(whole.data(), part.data()) &&
           not_after(part.data() + part.size(), whole.data() + whole.size());
}

/// Makes appends of a piece's batches, as far as they lie in the window.
class step_making {
  public:
    step_making(
        const fetch_item& what,
        const import_window& window,
        import_progress progress,
        event_sum& fragments
    )
        : what_(what),
          window_(window),
          reached_(what.first),
          progress_(std::move(progress)),
          fragments_(fragments) {
        progress_.hint_commit = what.commit;
        progress_.hint_object = what.key;
        progress_.hint_piece = what.piece;
    }

    /// The step for what of the batch is wanted; nullptr: nothing of it. Valid until the next call.
    result<append_step*> add(const record_batch& given, piece_steps& to) {
        reached_ = given.next;
        if (reached_ > what_.next) return not_as_committed(what_, reached_, what_.next);
        auto same = fragments_.take(given);
        if (!same) return not_as_written(what_, same.error());
        auto part = part_of_batch(given, window_);
        if (!part) return part.error();
        if (part->records == 0) return nullptr;
        append_step step;
        step.batch = std::move(*part);
        progress_.at = step.batch.next;
        progress_.open = open_event();
        step.progress = encode_import_progress(progress_);
        to.events += step.batch.events;
        to.bytes += step.batch.body.size();
        to.steps.push_back(std::move(step));
        return &to.steps.back();
    }

    /// The stream may be sparse: the committed end may lie behind the last record, never before it.
    result<void> end(piece_steps& to) {
        const bool beyond = reached_ > what_.next;
        const bool inside_an_event = reached_.offset != 0 && reached_ != what_.next;
        if (beyond || inside_an_event) return not_as_committed(what_, reached_, what_.next);
        if (to.steps.empty() || to.steps.back().batch.next == what_.next) return result<void>();
        progress_.at = window_.until ? std::min(what_.next, *window_.until) : what_.next;
        progress_.open = open_event();
        to.steps.back().progress = encode_import_progress(progress_);
        return result<void>();
    }

  private:
    /// What is known of an event that goes on behind the progress, so that a later run can compare
    /// the whole of it.
    std::optional<open_value> open_event() const {
        const auto seen = fragments_.open();
        const position at = progress_.at;
        if (!seen || at.offset == 0 || seen->sequence != at.sequence || seen->length != at.offset)
            return std::nullopt;
        return open_value{static_cast<std::uint64_t>(seen->length), seen->crc64nvme};
    }

    const fetch_item& what_;
    import_window window_;
    position reached_;
    import_progress progress_;
    event_sum& fragments_;
};

class record_reading final : public piece_reading {
  public:
    record_reading(
        const fetch_item& what,
        bytes_view bytes,
        const crc64nvme_track& sum,
        object_encoding encoding,
        const format_context& context,
        step_making steps
    )
        : what_(what),
          bytes_(bytes),
          sum_(sum),
          steps_(std::move(steps)),
          content_(make_piece_content(encoding, bytes, what.inside)),
          decoder_(make_content_decoder(encoding, context, what.first, what.inside)) {}

    result<bool> next(piece_steps& to) override {
        const auto take = [this, &to](const record_batch& given) { return add(given, to); };
        auto portion = content_->next();
        if (!portion) return in_piece(portion.error());
        const bool ended = portion->empty();
        auto decoded = ended ? decoder_->finish(take) : decoder_->feed(*portion, take);
        if (!decoded) return in_piece(decoded.error());
        if (!ended) return true;
        auto closed = steps_.end(to);
        if (!closed) return closed.error();
        return false;
    }

  private:
    result<void> add(const record_batch& given, piece_steps& to) {
        auto added = steps_.add(given, to);
        if (!added) return added.error();
        if (*added == nullptr) return result<void>();
        record_batch& batch = (*added)->batch;
        if (lies_in(bytes_, batch.body)) {
            const auto begin = static_cast<std::size_t>(batch.body.data() - bytes_.data());
            batch.body_crc64 = sum_.of(bytes_, begin, begin + batch.body.size());
        } else {
            to.copies.emplace_back(batch.body.begin(), batch.body.end());
            batch.body = to.copies.back();
        }
        return result<void>();
    }

    failure in_piece(failure why) const {
        if (why.code == engine_errc::damaged_object) return why; // tells its piece already
        why.where = what_.key + ", piece " + std::to_string(what_.piece) + ": " + why.where;
        return why;
    }

    const fetch_item& what_;
    bytes_view bytes_;
    const crc64nvme_track& sum_;
    step_making steps_;
    std::unique_ptr<piece_content> content_;
    std::unique_ptr<object_decoder> decoder_;
};

/// All at once: blocks in frames do not expand.
class framed_reading final : public piece_reading {
  public:
    framed_reading(const std::vector<block_arrival::framed>& blocks, step_making steps)
        : blocks_(blocks), steps_(std::move(steps)) {}

    result<bool> next(piece_steps& to) override {
        for (const block_arrival::framed& each : blocks_) {
            auto added = steps_.add(each.batch, to);
            if (!added) return added.error();
            const bool whole = *added != nullptr &&
                               (*added)->batch.body.data() == each.batch.body.data() &&
                               (*added)->batch.body.size() == each.batch.body.size();
            if (whole) (*added)->frame = each.frame;
        }
        auto closed = steps_.end(to);
        if (!closed) return closed.error();
        return false;
    }

  private:
    const std::vector<block_arrival::framed>& blocks_;
    step_making steps_;
};

} // namespace

result<record_batch> part_of_batch(const record_batch& batch, const import_window& window) {
    const bool whole = batch.first >= window.from && (!window.until || batch.next <= *window.until);
    if (whole) return batch;
    const record_batch nothing;
    if (batch.next <= window.from || (window.until && batch.first >= *window.until)) return nothing;
    auto begin = find_record(batch.body, window.from);
    if (!begin) return begin.error();
    found_record end;
    end.at = batch.body.size();
    if (window.until) {
        auto found = find_record(batch.body, *window.until);
        if (!found) return found.error();
        end = *found;
    }
    if (!begin->place || begin->at >= end.at) return nothing;
    return describe_body(batch.body.subspan(begin->at, end.at - begin->at), *begin->place);
}

result<std::unique_ptr<piece_reading>> read_records(
    const fetch_item& what,
    bytes_view bytes,
    const crc64nvme_track& sum,
    const format_context& context,
    const import_window& window,
    import_progress progress,
    event_sum& fragments
) {
    auto encoding = known_encoding(what.format, what.codec);
    if (!encoding) return encoding.error();
    step_making steps(what, window, std::move(progress), fragments);
    std::unique_ptr<piece_reading> reading =
        std::make_unique<record_reading>(what, bytes, sum, *encoding, context, std::move(steps));
    return reading;
}

std::unique_ptr<piece_reading> read_blocks(
    const fetch_item& what,
    const std::vector<block_arrival::framed>& blocks,
    const import_window& window,
    import_progress progress,
    event_sum& fragments
) {
    step_making steps(what, window, std::move(progress), fragments);
    return std::make_unique<framed_reading>(blocks, std::move(steps));
}

} // namespace sluice
