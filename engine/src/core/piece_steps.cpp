// engine: the appends that one verified piece becomes.
#include "piece_steps.hpp"

#include <sluice/engine/error.hpp>

#include <functional>
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

position position_of(std::uint32_t partition, const record& each) {
    return position{partition, each.sequence, each.part ? each.part->offset : 0};
}

/// The records of a batch from `from` on, as a batch of their own.
result<record_batch> cut_before(const record_batch& batch, position from) {
    avro_record_cursor records(batch.body);
    record each;
    std::size_t at = 0;
    while (!records.at_end()) {
        at = records.offset();
        auto read = records.next(each);
        if (!read) return read.error();
        if (position_of(from.partition, each) >= from) break;
    }
    return describe_body(batch.body.subspan(at), position_of(from.partition, each));
}

bool lies_in(bytes_view whole, bytes_view part) {
    const std::less_equal<const std::byte*> not_after;
    return not_after(whole.data(), part.data()) &&
           not_after(part.data() + part.size(), whole.data() + whole.size());
}

class record_reading final : public piece_reading {
  public:
    record_reading(
        const fetch_item& what,
        bytes_view bytes,
        const crc64nvme_track& sum,
        object_encoding encoding,
        const format_context& context,
        position from,
        import_progress progress
    )
        : what_(what),
          bytes_(bytes),
          sum_(sum),
          from_(from),
          reached_(what.first),
          progress_(std::move(progress)),
          content_(make_piece_content(encoding, bytes, what.inside)),
          decoder_(make_content_decoder(encoding, context, what.first, what.inside)) {
        progress_.hint_commit = what.commit;
        progress_.hint_object = what.key;
        progress_.hint_piece = what.piece;
    }

    result<bool> next(piece_steps& to) override {
        const auto take = [this, &to](const record_batch& given) { return add(given, to); };
        auto portion = content_->next();
        if (!portion) return in_piece(portion.error());
        const bool ended = portion->empty();
        auto decoded = ended ? decoder_->finish(take) : decoder_->feed(*portion, take);
        if (!decoded) return in_piece(decoded.error());
        if (!ended) return true;
        // The stream may be sparse: the committed end may lie behind the last record, never before
        // it.
        const bool beyond = reached_ > what_.next;
        const bool inside_an_event = reached_.offset != 0 && reached_ != what_.next;
        if (beyond || inside_an_event) return not_as_committed(what_, reached_, what_.next);
        if (!to.steps.empty() && to.steps.back().batch.next != what_.next) {
            progress_.at = what_.next;
            to.steps.back().progress = encode_import_progress(progress_);
        }
        return false;
    }

  private:
    result<void> add(const record_batch& given, piece_steps& to) {
        reached_ = given.next;
        if (given.next <= from_) return result<void>();
        append_step step;
        step.batch = given;
        if (given.first < from_) {
            auto rest = cut_before(given, from_);
            if (!rest) return rest.error();
            step.batch = *rest;
        }
        if (lies_in(bytes_, step.batch.body)) {
            const auto begin = static_cast<std::size_t>(step.batch.body.data() - bytes_.data());
            step.batch.body_crc64 = sum_.of(bytes_, begin, begin + step.batch.body.size());
        } else {
            to.copies.emplace_back(step.batch.body.begin(), step.batch.body.end());
            step.batch.body = to.copies.back();
        }
        progress_.at = step.batch.next;
        step.progress = encode_import_progress(progress_);
        to.events += step.batch.events;
        to.bytes += step.batch.body.size();
        to.steps.push_back(std::move(step));
        return result<void>();
    }

    failure in_piece(failure why) const {
        why.where = what_.key + ", piece " + std::to_string(what_.piece) + ": " + why.where;
        return why;
    }

    const fetch_item& what_;
    bytes_view bytes_;
    const crc64nvme_track& sum_;
    position from_;
    position reached_;
    import_progress progress_;
    std::unique_ptr<piece_content> content_;
    std::unique_ptr<object_decoder> decoder_;
};

} // namespace

result<std::unique_ptr<piece_reading>> read_records(
    const fetch_item& what,
    bytes_view bytes,
    const crc64nvme_track& sum,
    const format_context& context,
    position from,
    import_progress progress
) {
    auto encoding = known_encoding(what.format, what.codec);
    if (!encoding) return encoding.error();
    std::unique_ptr<piece_reading> reading = std::make_unique<record_reading>(
        what, bytes, sum, *encoding, context, from, std::move(progress)
    );
    return reading;
}

} // namespace sluice
