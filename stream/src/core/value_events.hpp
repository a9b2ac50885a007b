// stream: what the decoders of values have in common.
#pragma once

#include "value_batches.hpp"

#include <sluice/stream/values.hpp>

#include <algorithm>

namespace sluice {

/// Counts the content on its way into batches.
class counted_values : public value_decoder {
  public:
    result<void> flush(const deliver& to) override { return batches_.deliver_all(counted(to)); }
    position reached() const override { return at_; }
    std::uint64_t begun() const override { return begun_; }
    std::uint64_t consumed() const override { return consumed_; }
    std::optional<open_value> open() const override { return std::nullopt; }

  protected:
    explicit counted_values(position first) : at_(first), batches_(first) {}

    std::size_t held() const { return value_.size(); }
    void count(std::size_t size) { fed_ += size; }
    void begin() { ++begun_; }
    void hold(bytes_view some) { append(value_, some); }

    /// `made` gets what is held as its value, unless it is a null.
    result<void> add(record& made, const deliver& to, bool is_null = false) {
        if (!is_null) made.value = bytes_view(value_);
        added_until_ = fed_;
        auto added = batches_.add(made, counted(to));
        value_.clear();
        return added;
    }

    bytes_view value() const { return value_; }

    position at_; ///< behind the last byte fed; of `raw`, of the next event

  private:
    deliver counted(const deliver& to) {
        return [this, &to](const record_batch& batch) {
            consumed_ = added_until_;
            return to(batch);
        };
    }

    value_batches batches_;
    std::uint64_t fed_ = 0;         ///< bytes of content
    std::uint64_t added_until_ = 0; ///< of them in records that are made
    std::uint64_t consumed_ = 0;    ///< of them delivered
    std::uint64_t begun_ = 0;
    byte_vector value_; ///< of the event, or of its next fragment
};

/// Where the content tells events apart: a large one becomes fragments, each as soon as it is
/// there.
class counting_decoder : public counted_values {
  public:
    result<void> enter(position first) override;
    result<void> finish(const deliver& to) override;
    std::optional<open_value> open() const override { return open_; }

  protected:
    counting_decoder(const char* format, position first, std::optional<open_value> open);

    bool inside() const { return inside_; }
    void begin_event() {
        inside_ = true;
        crc_ = 0;
        begin();
    }
    std::size_t room() const { return max_fragment_bytes - held(); }
    void take(bytes_view some) {
        hold(some);
        at_.offset += static_cast<std::int64_t>(some.size());
        count(some.size());
    }
    /// What is held becomes a fragment; more of the event follows. `length` as in open_value.
    result<void> end_fragment(std::uint64_t length, const deliver& to);
    /// What is held becomes the event, or its last fragment.
    result<void> end_event(bool is_null, const deliver& to);
    /// Whether content ends inside what stands before a value.
    virtual bool before_a_value() const { return false; }

  private:
    /// The last one, where no length is given for what is open behind it.
    result<void> add_fragment(std::optional<std::uint64_t> open_length, const deliver& to);

    const char* format_;
    bool inside_ = false;
    std::uint64_t crc_ = 0; ///< of the fragments made
    std::optional<open_value> open_;
};

} // namespace sluice
