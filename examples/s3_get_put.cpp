// An object there and back, with the S3 client alone. Usage: s3_get_put BUCKET TEXT
#include <sluice/s3/bucket.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>

using namespace sluice;

task<result<std::string>> round_trip(boost::asio::io_context& context, char** words) {
    const auto bucket = s3::open_bucket(context.get_executor(), words[1]);
    if (!bucket) co_return bucket.error();
    const auto stored = co_await bucket->put("notes/any bytes at all", words[2]);
    if (!stored) co_return stored.error();
    const auto listed = co_await bucket->list("notes/");
    if (!listed) co_return listed.error();
    for (const auto& each : *listed)
        std::cout << each.key << ": " << each.size << " bytes\n";
    co_return co_await bucket->get("notes/any bytes at all");
}

int main(int count, char** words) {
    boost::asio::io_context context;
    result<std::string> back = failure{errc::invalid_argument, "usage: s3_get_put BUCKET TEXT"};
    if (count == 3) co_spawn(context, round_trip(context, words), [&](auto, auto r) { back = r; });
    context.run();
    (back ? std::cout : std::cerr) << (back ? *back : describe(back.error())) << '\n';
    return back ? 0 : 1;
}
