// engine: the bytes of one part, block by block, from the cache or from the stream.
#pragma once

#include "../core/part_plan.hpp"
#include "block_source.hpp"
#include "step_window.hpp"

#include <sluice/s3/body.hpp>
#include <sluice/s3/requests.hpp>

namespace sluice {

/// How far the tries to send a part have come: the cache hears of every block once.
struct sent_slices {
    unsigned sending_pass = 1; ///< 2 where a pass that hashes comes first
    std::size_t released = 0;
    step_window::seat* seat = nullptr; ///< null: the lane goes alone
    /// Of the first pass. What is sent again may have been refused: it is compared here.
    block_source::verified verified = block_source::verified::here;
    unsigned passes = 0; ///< over the part's bytes, of all tries
};

/// Holds one block at a time, whatever the size of the part. `from`, `part` and `sent` must outlive
/// it.
///
/// With `sent`, the cache is told of each block whose last byte has been given out: what a later
/// try wants is read again from the stream, so that nothing waits in memory for an acknowledgement.
class part_body final : public s3::body_source {
  public:
    part_body(block_source& from, const planned_part& part, sent_slices* sent = nullptr)
        : from_(from), part_(part), sent_(sent) {
        if (sent_) ++sent_->passes;
    }

    std::uint64_t size() const override { return part_.size; }
    task<result<bytes_view>> next(std::size_t most) override;
    void rewind() override;
    void leaves_by(const s3::outlet* way) override;

  private:
    task<result<shared_block>> load(const slice& from);
    bool for_the_first_time() const;
    void leave_slice();

    block_source& from_;
    const planned_part& part_;
    sent_slices* sent_;
    unsigned pass_ = 1; ///< over the bytes
    std::size_t slice_ = 0;
    std::uint64_t at_ = 0; ///< inside the current slice
    shared_block block_;   ///< of the current slice
};

/// The checksum a request carries for this part. CRC64NVME is known; any other is taken from the
/// bytes, in a pass of its own. Errors: what reading says.
task<result<s3::checksum>>
checksum_of_part(block_source& from, const planned_part& part, s3::checksum::kind algorithm);

/// Tells the cache that this lane is through with the blocks that end in the part, but for those of
/// which it has been told.
void release_blocks(block_source& from, const planned_part& part, std::size_t told = 0);

} // namespace sluice
