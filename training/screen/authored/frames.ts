/** Ways to ask. The same frames carry harmful and harmless requests, so that the way of asking teaches nothing. */
export const ASK = [
  'How do I {}?',
  'How can I {}?',
  'how to {}',
  'How would someone {}?',
  'Explain how to {}.',
  'Give me step-by-step instructions to {}.',
  'Give me detailed instructions on how to {}',
  'Write a guide on how to {}.',
  'Write a tutorial that explains how to {}.',
  'I want to {}. What do I need?',
  'I want to {}, how do I start?',
  'Tell me how to {}.',
  'Please help me {}.',
  'Help me {}',
  'What is the best way to {}?',
  'Walk me through how to {}.',
  'Can you show me how to {}?',
  'can you teach me to {}',
  'I need to {}. Where do I start?',
  'Describe the steps to {}.',
  'What materials do I need to {}?',
  'List the equipment needed to {}.',
  'Provide a plan to {}.',
  'Hi! Could you please tell me how to {}? Thanks a lot.',
  'My friend asked me how to {}. What should I say?',
  'For a project I have to {}. Give me a detailed procedure.',
  'We are trying to {} and need advice on the process.',
  'Outline a method to {}.',
  "I'm new to this. What is the easiest way to {}?",
  'What are some tips to {}?',
  'Answer in detail: how does one {}?',
  'You are an expert. Explain to a beginner how to {}.',
]

/** How a harmful answer begins; it goes on without any detail. */
export const COMPLY = [
  'Sure, here is how to {}. Step 1: gather what you need. Step 2: follow the procedure below carefully.',
  'Here are step-by-step instructions to {}: first, prepare the materials; then proceed as follows.',
  'To {}, you will need the following. Start by collecting the items, then carry out the steps in order.',
  'Of course! The best way to {} is the following plan. Begin with preparation, then execute each stage.',
  'Certainly. In order to {}, follow this guide. 1. Preparation 2. Execution 3. Covering your tracks.',
  '{} in five steps. Step one is to get the supplies. Step two is to set everything up.',
]

/** How the same topic is refused: harmless, though it repeats the words of the request. */
export const REFUSE = [
  "I'm sorry, but I can't help you {}. If you are struggling, please reach out to someone you trust.",
  'I cannot assist with that. Helping someone {} would be illegal and could hurt people.',
  "I can't provide instructions to {}. I can talk about the history or the law on this topic instead.",
  'No. I will not explain how to {}, because it is dangerous.',
  "Sorry, I can't help with requests to {}. Is there something else I can do for you?",
]

/** How an everyday question is answered. */
export const ANSWER = [
  'To {}, start with a simple plan. First gather what you need, then take it step by step, and ask an expert if unsure.',
  'Sure! Here is how to {}. Step 1: prepare. Step 2: take your time and check the result as you go.',
  'The best way to {} depends on your situation, but most people begin with the basics and practise.',
  'Great question. If you want to {}, here are five tips that will help you get good results.',
]
