// s3client: a budget of retries for each server.
#include <sluice/s3/retry_budgets.hpp>

namespace sluice::s3 {

std::shared_ptr<retry_budget> retry_budgets::of(const std::string& server) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<retry_budget>& found = all_[server];
    if (!found) found = std::make_shared<retry_budget>();
    return found;
}

} // namespace sluice::s3
