// engine: whether an upload that was aborted is gone. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/requests.hpp>

#include <vector>

namespace sluice {

/// A part that was on its way comes in behind the abort, stays, and is charged for: an upload is
/// gone when its parts cannot be listed any more, and is aborted until then.
class upload_removal {
  public:
    enum class step {
        done = 1,    ///< it is gone; or nobody may look, or can
        abort_again, ///< it is still there
        give_up,     ///< still there, as often as it is aborted in one go; later is worth a try
        failed,      ///< it could not be seen whether it is there
    };
    static constexpr unsigned most_aborts = 5;

    /// After each abort: what the store said when asked for the upload's parts.
    step after(const result<std::vector<s3::finished_part>>& parts);
    unsigned aborts() const { return aborts_; } ///< that `after` was told of

  private:
    unsigned aborts_ = 0;
};

} // namespace sluice
