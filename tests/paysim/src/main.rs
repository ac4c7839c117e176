//! `paysim [ADDRESS]`: serves the stand-in until it is killed. Prints where, and with which settings
//! a Parlor finds it.

use parlor_paysim as sim;

fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:0".into());
    let running = sim::start(&address)?;
    let url = &running.url;
    println!("paysim {url}");
    for (key, value) in [
        ("RAZORPAY_BASE_URL", format!("{url}/razorpay")),
        ("RAZORPAY_KEY_ID", sim::RAZORPAY_KEY.into()),
        ("RAZORPAY_KEY_SECRET", sim::RAZORPAY_SECRET.into()),
        ("RAZORPAY_WEBHOOK_SECRET", sim::RAZORPAY_HOOK.into()),
        ("STRIPE_BASE_URL", format!("{url}/stripe")),
        ("STRIPE_SECRET_KEY", sim::STRIPE_KEY.into()),
        ("STRIPE_WEBHOOK_SECRET", sim::STRIPE_HOOK.into()),
        ("MPESA_BASE_URL", format!("{url}/mpesa")),
        ("MPESA_CONSUMER_KEY", sim::MPESA_KEY.into()),
        ("MPESA_CONSUMER_SECRET", sim::MPESA_SECRET.into()),
        ("MPESA_SHORTCODE", sim::MPESA_SHORTCODE.into()),
        ("MPESA_PASSKEY", sim::MPESA_PASSKEY.into()),
    ] {
        println!("PARLOR__PAYMENTS__{key}={value}");
    }
    println!("ready");
    loop {
        std::thread::park();
    }
}
